// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Accounts
@testable import Portal

/// Every form, with what a browser, a mistake or an attacker may send.
@Suite struct PageFormTests {
  static func newDevice(_ changes: [String: String?] = [:]) -> [String: String?] {
    ["name": "Work laptop", "expires": "0", "once": UUID().uuidString].merging(changes) { $1 }
  }

  static let addDevice = "/devices/add?chat=gajim"

  /// Every write that a page makes, with fields that would do.
  static let forms: [(path: String, fields: [String: String?])] = [
    ("/chat/on", [:]), ("/chat/off", [:]), ("/calls/on", [:]), ("/calls/off", [:]),
    (Self.addDevice, newDevice()),
    ("/devices/DEVICE/rename", ["name": "x"]),
    ("/devices/DEVICE/remove", [:]), ("/sign-out", [:]), ("/sign-out-everywhere", ["devices": "remove"]),
    ("/sign-in", [:]),
    ("/people/preview", ["typed": "bob@example.org"]),
    ("/people/ask", ["addresses": "bob@example.org", "once": "x"]),
    ("/people/asked/aaaa/undo", [:]), ("/people/remove", ["address": "bob@example.org"]),
    ("/requests/contact", ["address": "bob@example.org", "do": "accept"]),
    ("/requests/message", ["address": "bob@example.org", "do": "accept"]),
    ("/privacy", ["presence": "contacts", "chat": "everyone", "calls": "everyone"]),
    ("/privacy/access", ["keep": "yes"]),
    ("/privacy/chosen", ["see:bob@example.org": "on"]),
  ]

  private func device(_ stage: PageStage, _ visitor: PageStage.Visitor) async throws -> Device {
    try await stage.accounts.addDevice(
      NewDevice(name: DeviceName("Phone"), app: .conversations), to: visitor.account, by: .member
    ).device
  }

  @Test func aWriteWithAWrongTokenOrFromElsewhereChangesNothing() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let bob = try await stage.member("bob")
      let phone = try await device(stage, alice)
      let before = try await stage.accounts.overview(of: alice.account)
      for (path, fields) in Self.forms {
        let path = path.replacing("DEVICE", with: phone.id.text)
        func refused(_ response: TestResponse, _ how: String) {
          #expect(response.status == .forbidden, "\(path) \(how)")
          #expect(response.text.contains("<!DOCTYPE html>"), "\(path) \(how)")
        }
        refused(try await client.post(path, fields.merging(["csrf": nil]) { $1 }, alice), "without token")
        refused(try await client.post(path, fields.merging(["csrf": "AAAA"]) { $1 }, alice), "wrong token")
        refused(
          try await client.post(path, fields.merging(["csrf": bob.csrf]) { $1 }, alice), "another's token")
        for headers in [
          ["Origin": "https://evil.example"], ["Origin": "null"], ["Sec-Fetch-Site": "cross-site"],
          ["Sec-Fetch-Site": "same-site"], ["Origin": "http://chat.social.localhost"],
        ] {
          refused(try await client.post(path, fields, alice, headers: headers), "\(headers)")
        }
      }
      #expect(try await stage.accounts.overview(of: alice.account) == before)
      #expect(try await stage.accounts.session(alice.cookie) != nil)
    }
  }

  @Test func aFormThatIsNoFormIsRefused() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let phone = try await device(stage, alice)
      let before = try await stage.accounts.overview(of: alice.account)
      let token = Array(
        "csrf=\(alice.csrf.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")".utf8)
      let bad: [(String, [UInt8], Int)] = [
        ("twice the same field", token + Array("&name=a&name=b".utf8), 400),
        ("a bad escape", token + Array("&name=%zz".utf8), 400),
        ("escaped bytes that are no UTF-8", token + Array("&name=%ff%fe".utf8), 400),
        ("bytes that are no UTF-8", token + Array("&name=".utf8) + [0xFF], 400),
        ("too long", token + Array("&name=".utf8) + Array(repeating: UInt8(ascii: "a"), count: 250_000), 413),
      ]
      for (path, _) in Self.forms where path != "/sign-in" {
        let path = path.replacing("DEVICE", with: phone.id.text)
        for (what, bytes, status) in bad {
          let response = try await client.post(path, [:], alice, raw: bytes)
          #expect(response.status.code == status, "\(path): \(what)")
        }
        let json = try await client.post(
          path, [:], alice, headers: ["Origin": PageStage.origin, "Content-Type": "application/json"],
          raw: Array(#"{"csrf":"x"}"#.utf8))
        #expect([400, 415].contains(json.status.code), "\(path): JSON")
      }
      #expect(try await stage.accounts.overview(of: alice.account) == before)
    }
  }

  @Test(arguments: [
    "", "   ", "\u{0}", "a\u{0}b", "line\nbreak", "a\u{202E}b", "\u{2028}", String(repeating: "x", count: 61),
  ])
  func aNameThatIsNoneIsExplainedAndNothingIsAdded(name: String) async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let response = try await client.post(Self.addDevice, Self.newDevice(["name": name]), alice)
      #expect(response.status == .unprocessableContent)
      #expect(response.text.contains("aria-invalid=\"true\""))
      #expect(response.text.contains("href=\"#name\""))
      #expect(!response.text.contains("\u{0}") && !response.text.contains("\u{202E}"))
      #expect(try await stage.accounts.overview(of: alice.account).devices.isEmpty)
      let phone = try await device(stage, alice)
      let renamed = try await client.post("/devices/\(phone.id)/rename", ["name": name], alice)
      #expect(renamed.status == .unprocessableContent)
      #expect(try await stage.accounts.overview(of: alice.account).devices.first?.device.name == phone.name)
    }
  }

  @Test func aFieldThatIsMissingOrInventedAddsNothing() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let bad: [[String: String?]] = [
        ["name": nil], ["once": nil], ["once": ""],
        ["once": String(repeating: "a", count: 100)], ["expires": "7"], ["expires": "-1"],
        ["expires": "never"],
        ["expires": "99999999999999999999"],
      ]
      for change in bad {
        let response = try await client.post(Self.addDevice, Self.newDevice(change), alice)
        #expect([400, 422].contains(response.status.code), "\(change)")
      }
      for query in [
        "", "?chat=icq", "?chat=../x", "?chat=linphone", "?calls=gajim", "?chat=none&calls=none",
        "?app=gajim",
      ] {
        let response = try await client.post("/devices/add\(query)", Self.newDevice(), alice)
        #expect(response.status == .unprocessableContent, "\(query)")
        #expect(response.text.contains("Please choose an app."), "\(query)")
      }
      #expect(
        try await client.post("/devices/add?calls=linphone", Self.newDevice(), alice).status == .conflict)
      #expect(try await stage.accounts.overview(of: alice.account).devices.isEmpty)
    }
  }

  @Test func theSameFormSentTwiceAddsOneDevice() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let form = Self.newDevice()
      let first = try await client.post(Self.addDevice, form, alice)
      #expect(first.status == .ok)
      let second = try await client.post(Self.addDevice, form, alice)
      #expect(second.leads == "/devices?done=already-added")
      #expect(try await stage.accounts.overview(of: alice.account).devices.count == 1)
      #expect(
        try await client.page("/devices?done=already-added", alice).text.contains("in your list already"))
    }
  }

  @Test func anothersDeviceIsNotThere() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let bob = try await stage.member("bob")
      let phone = try await device(stage, alice)
      for id in [phone.id.text, "0000000000000000", "x", "../../etc", "%2e%2e"] {
        for action in ["rename", "remove"] {
          let path = "/devices/\(id)/\(action)"
          #expect(try await client.page(path, bob).status == .notFound, "GET \(path)")
          #expect(try await client.post(path, ["name": "mine"], bob).status == .notFound, "POST \(path)")
        }
      }
      let after = try await stage.accounts.overview(of: alice.account)
      #expect(after.devices.map(\.device.name) == [phone.name])
    }
  }

  @Test func aDeviceNeedsARecentSignIn() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      stage.clock.advance(601)
      for response in [
        try await client.page("/devices/add/name?chat=gajim", alice),
        try await client.post(Self.addDevice, Self.newDevice(), alice),
      ] {
        #expect(response.text.contains("sign in once more"))
        #expect(!response.text.contains("id=\"password\""))
      }
      #expect(try await stage.accounts.overview(of: alice.account).devices.isEmpty)
    }
  }

  @Test func aFullListSaysSo() async throws {
    try await PageStage.with(deviceLimit: 1) { stage, client in
      let alice = try await stage.member()
      _ = try await device(stage, alice)
      #expect(try await client.post(Self.addDevice, Self.newDevice(), alice).status == .conflict)
      #expect(try await client.page("/devices", alice).text.contains("as many as there can be"))
    }
  }

  @Test func anEndedSessionWritesNothing() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let phone = try await device(stage, alice)
      try await stage.accounts.signOut(alice.cookie)
      for (path, fields) in Self.forms where path != "/sign-in" && path != "/sign-out" {
        let path = path.replacing("DEVICE", with: phone.id.text)
        #expect(try await client.post(path, fields, alice).status == .unauthorized, "\(path)")
      }
      #expect(try await stage.accounts.overview(of: alice.account).devices.count == 1)
    }
  }
}

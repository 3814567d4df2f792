// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import GRDB
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Storage
import Testing

@testable import Accounts
@testable import Portal

/// Passwords that last a quarter of an hour: how they are given, renewed and ended.
@Suite(.timeLimit(.minutes(2))) struct WebSessionTests {
  @Test func aBrowserGetsAllThatItNeedsForChatAndCalls() async throws {
    try await WebSessionStage.with { stage in
      let alice = try await stage.browser(of: "alice", calls: true)
      let (answer, _) = try await alice.open()
      let chat = try #require(answer.json["chat"] as? [String: Any])
      let calls = try #require(answer.json["calls"] as? [String: Any])
      #expect(chat["websocket"] as? String == "wss://chat.social.localhost/xmpp-websocket")
      #expect(calls["websocket"] as? String == "wss://chat.social.localhost/sip")
      #expect(calls["uri"] as? String == "sip:alice@social.localhost" && calls["turn"] is NSNull)
      #expect([chat, calls].allSatisfy { $0["username"] as? String == "alice" })
      let passwords = try [chat, calls].map { try #require($0["password"] as? String) }
      #expect(Set(passwords).count == 2)
      #expect(answer.json["expires_at"] as? String == (stage.clock.now() + 900).date.formatted(.iso8601))
      #expect(answer.json["renew_in"] as? Int == 600)
      // It stands in the list as what it is, and takes none of the two places for devices.
      let page = try await alice.send(.get, "/devices")
      #expect(page.text.contains("This site in a browser") && page.text.contains("Signed in until"))
      let list = try #require(
        try await alice.send(.get, "/api/v1/devices").json["devices"] as? [[String: Any]])
      #expect(list.count == 1 && (list[0]["apps"] as? [[String: Any]])?.count == 2)
      let account = try await stage.accounts.account(named: Name("alice"))
      for name in ["One", "Two"] {
        _ = try await stage.accounts.addDevice(
          NewDevice(name: DeviceName(name), app: .monal), to: account.id, by: .member)
      }
      #expect(try await alice.open().answer.status == .ok)
      await #expect(throws: AccountsError.self) {
        try await stage.accounts.addDevice(
          NewDevice(name: DeviceName("Three"), app: .monal), to: account.id, by: .member)
      }
      // Nobody adds a browser as a device.
      let recent = try await stage.signedIn("alice")
      let wrong = try await recent.send(.post, "/api/v1/devices", #"{"name":"x","chat":"browser"}"#)
      #expect(wrong.status == .badRequest)
    }
  }

  @Test func tabsShareOneWebSessionAndRenewItWithoutNewPasswords() async throws {
    try await WebSessionStage.with { stage in
      let alice = try await stage.browser(of: "alice")
      async let first = alice.open().answer
      async let second = alice.open().answer
      let answers = try await [first, second]
      #expect(answers.allSatisfy { $0.status == .ok })
      let device = try #require(answers[0].device)
      #expect(Set(answers.map(\.device)) == [device] && Set(answers.map(\.chatPassword)).count == 2)

      stage.clock.advance(600)
      let until = stage.clock.now().seconds + 900
      let tickets = try await [stage.ticket(of: "alice"), stage.ticket(of: "alice")]
      async let one = alice.renew(ticket: tickets[0])
      async let two = alice.renew(ticket: tickets[1])
      for answer in try await [one, two] {
        #expect(answer.status == .ok && answer.device == device && answer.headers[.setCookie] == nil)
        #expect(answer.json["chat"] is [String: Any] && answer.chatPassword == nil)
      }
      #expect(try stage.projected("alice") == [device: until])
      // The cookie goes on with it.
      stage.clock.advance(600)
      #expect(try await alice.send(.get, "/api/v1/session").status == .ok)
      stage.clock.advance(300)
      #expect(try await alice.send(.get, "/api/v1/session").status == .unauthorized)
      #expect(try stage.projected("alice").isEmpty)
    }
  }

  @Test func whomThePageHasLetInNeedsThePageForMoreTime() async throws {
    try await WebSessionStage.with { stage in
      let alice = try await stage.browser(of: "alice")
      stage.clock.advance(300)
      let end = stage.clock.now().seconds + 600
      let answer = try await alice.renew()
      #expect(answer.status == .unauthorized && answer.json["code"] as? String == "signed-out")
      // What it has is left, also after the page was loaded again; and no more than that.
      let (opened, _) = try await alice.open()
      #expect(opened.status == .ok && opened.json["renew_in"] as? Int == 400)
      #expect(try Set(stage.projected("alice").values) == [end])
      #expect(try await alice.renew(ticket: try await stage.ticket(of: "alice")).status == .ok)
      #expect(try Set(stage.projected("alice").values) == [end + 300])
    }
  }

  @Test func whileTheHomeServerCannotBeAskedItGoesOnForADay() async throws {
    try await WebSessionStage.with { stage in
      for isSignedIn in [true, false] {
        let browser = isSignedIn ? try await stage.signedIn("alice") : try await stage.browser(of: "bob")
        #expect(try await browser.open().answer.status == .ok)
        try await stage.breakHome()
        for _ in 0..<(86_400 / 600 - 1) {
          stage.clock.advance(600)
          let answer = try await browser.renew()
          #expect(answer.status == .ok, "\(answer.status) \(answer.text)")
        }
        stage.clock.advance(600)
        let answer = try await browser.renew()
        #expect(
          answer.status == .unauthorized && answer.json["code"] as? String == "signed-out",
          "signed in: \(isSignedIn)")
        try await stage.mendHome()
      }
    }
  }

  @Test func aSixthBrowserTakesThePlaceOfTheOneThatIsIdleLongest() async throws {
    try await WebSessionStage.with { stage in
      var devices: [String] = []
      for _ in 0..<5 {
        let browser = try await stage.browser(of: "alice")
        devices.append(try #require(try await browser.open().answer.device))
        stage.clock.advance(1)
      }
      // The first is in use, so the second goes.
      try stage.observe(devices[0], of: "alice")
      let sixth = try #require(try await stage.browser(of: "alice").open().answer.device)
      #expect(try Set(stage.projected("alice").keys) == Set([devices[0]] + devices[2...] + [sixth]))
      let list = try await stage.accounts.overview(of: stage.accounts.account(named: Name("alice")).id)
      #expect(list.devices.count == 5 && list.devices.allSatisfy { $0.device.isBrowser })
    }
  }

  @Test func converseGetsTheFormThatItExpects() async throws {
    try await WebSessionStage.with { stage in
      let alice = try await stage.browser(of: "alice").but { $0.reads = true }
      let answer = try await alice.send(.get, "/api/v1/web-session/converse")
      #expect(answer.json["jid"] as? String == "alice@social.localhost" && answer.json.count == 2)
      #expect(
        (answer.json["password"] as? String)?.count == 34 && answer.headers[.cacheControl] == "no-store")
      // Another site cannot have new passwords made.
      #expect(
        try await alice.but { $0.fetchSite = "same-site" }.send(.get, "/api/v1/web-session/converse").status
          == .forbidden)
    }
  }
}

/// What ends a web session.
@Suite(.timeLimit(.minutes(2))) struct WebSessionEndTests {
  enum End: CaseIterable {
    case delete, signOut, everywhere, disabled, deleted, removed, frozen, suspended, reset, swept
  }

  @Test(arguments: End.allCases) func endsAtOnce(by end: End) async throws {
    try await WebSessionStage.with { stage in
      let browser = try await stage.signedIn("alice")
      let device = try #require(try await browser.open().answer.device)
      let other = try await stage.browser(of: "alice")
      let account = try await stage.accounts.account(named: Name("alice"))
      let phone = try await stage.accounts.addDevice(
        NewDevice(name: DeviceName("Phone"), app: .monal), to: account.id, by: .member
      ).device.id.text
      #expect(try stage.projected("alice").count == 3)
      var left = 1
      switch end {
      case .delete:
        #expect(try await browser.send(.delete, "/api/v1/web-session").status == .noContent)
        #expect(try await browser.renew().json["code"] as? String == "no-web-session")
        #expect(try await other.send(.delete, "/api/v1/web-session").status == .noContent)
        #expect(try await other.send(.get, "/api/v1/session").status == .unauthorized, "it came by a ticket")
      case .signOut:
        for one in [browser, other] {
          let token = try #require(one.token?.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
          let form = "csrf=\(token)"
          _ = try await one.but { $0.contentType = "application/x-www-form-urlencoded" }.send(
            .post, "/sign-out", form)
        }
      case .everywhere: _ = try await browser.send(.post, "/api/v1/sign-out-everywhere")
      case .disabled:
        try await stage.accounts.disable(account.id, by: .admin)
        left = 0
      case .deleted:
        try await stage.accounts.delete(account.id, by: .admin)
        left = 0
      case .removed:
        for id in try stage.projected("alice").keys where id != phone {
          _ = try await stage.accounts.revokeDevice(Device.ID(id), of: account.id, by: .member)
        }
        #expect(try await browser.open().answer.status == .unauthorized, "it is signed out as well")
      case .frozen, .suspended:
        try await stage.control(.post, "members/alice/\(end == .frozen ? "freeze" : "suspend")")
        let answer = try await browser.renew()
        #expect(answer.status == .forbidden && answer.json["code"] as? String == "kept-out", "\(answer.text)")
        left = 0
      case .reset:
        try await stage.control(.post, "members/alice/reset-password")
        let answer = try await browser.renew()
        #expect(
          answer.status == .unauthorized && answer.json["code"] as? String == "signed-out", "\(answer.text)")
      case .swept:
        stage.clock.advance(900)
        try await stage.accounts.endExpiredWebSessions()
        #expect(try await stage.accounts.overview(of: account.id).devices.count == 1)
        #expect(try await browser.renew().json["code"] as? String == "no-web-session")
        stage.clock.advance(Accounts.relayLife + 1)
        try await stage.accounts.tidy()
        #expect(try await stage.accounts.ledger.read { try $0.device(Device.ID(stored: device)) } == nil)
      }
      let projected = try stage.projected("alice")
      #expect(projected.count == left && projected[device] == nil)
    }
  }

  @Test func aFrozenMemberIsBackWithNothingOfBefore() async throws {
    try await WebSessionStage.with { stage in
      let browser = try await stage.signedIn("alice")
      #expect(try await browser.open().answer.status == .ok)
      try await stage.control(.post, "members/alice/freeze")
      #expect(try await browser.renew().status == .forbidden)
      try await stage.control(.post, "members/alice/unfreeze")
      #expect(try await stage.ask(try await stage.token(of: "alice")).status == .ok)
      #expect(try stage.projected("alice").isEmpty)
    }
  }

  @Test func signingInAgainInTheSameBrowserKeepsWhatIsOpen() async throws {
    try await WebSessionStage.with { stage in
      let browser = try await stage.browser(of: "alice")
      let device = try #require(try await browser.open().answer.device)
      let account = try await stage.accounts.account(named: Name("alice"))
      let now = stage.clock.now()
      let old = Fingerprint(
        of: Secret(try #require(browser.cookie?.split(separator: "=").last.map(String.init))))
      let new = Fingerprint(of: Secret("a new cookie"))
      _ = try await stage.accounts.commit { [accounts = stage.accounts] writer in
        try writer.addSignIn(
          SignIn(
            fingerprint: new, account: account.id, createdAt: now, seenAt: now, provedAt: now,
            expiresAt: now + 86_400, browser: ""))
        try accounts.replace(old, by: new, of: account, writer)
      }
      #expect(try stage.projected("alice")[device] != nil)
      let session = try await stage.accounts.ledger.read { try $0.webSession(of: new) }
      #expect(session?.device.text == device)
      #expect(try await browser.send(.get, "/api/v1/session").status == .unauthorized)
    }
  }
}

extension WebSessionStage {
  /// As if Prosody had seen the device connected.
  func observe(_ device: String, of name: String) throws {
    let schema = try String(
      contentsOf: PageStage.checkout.appending(path: "share/prosody/modules/mod_trunkline/observations.sql"),
      encoding: .utf8)
    try DatabaseQueue(path: folder.appending(path: "seen.sqlite").path).write { database in
      try database.execute(sql: schema)
      try database.execute(
        sql:
          "INSERT INTO seen (device, name, connected_at, address, app, online) VALUES (?, ?, 1, '', '', 1)",
        arguments: [device, name])
    }
  }
}

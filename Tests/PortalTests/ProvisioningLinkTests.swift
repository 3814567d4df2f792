// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing

@testable import Accounts
@testable import Portal

/// The link by which an app for calls fetches its settings.
@Suite("The provisioning link")
struct ProvisioningLinkTests {
  /// A device with Linphone, and the path of its link.
  private func phone(_ stage: PageStage, _ visitor: PageStage.Visitor) async throws -> (IssuedDevice, String)
  {
    let issued = try await stage.accounts.addDevice(
      NewDevice(name: DeviceName("Phone"), app: .linphone), to: visitor.account, by: .member)
    let token = try #require(try await stage.accounts.offerProvisioning(of: issued))
    return (issued, "/provision/\(token.reveal())")
  }

  /// The entries of the XML, by “section/name”.
  private func entries(_ response: TestResponse) -> [String: String] {
    var found: [String: String] = [:]
    for section in response.text.split(separator: "<section name=\"").dropFirst() {
      let name = section.prefix { $0 != "\"" }
      for entry in section.matches(of: /<entry name="([a-z0-9_-]+)" overwrite="true">([^<]*)<\/entry>/) {
        found["\(name)/\(entry.1)"] = String(entry.2).replacing("&lt;", with: "<").replacing(
          "&gt;", with: ">")
      }
    }
    return found
  }

  @Test("gives Linphone what it needs, and the password is not in it")
  func settings() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member(chat: false, calls: true)
      let (issued, path) = try await phone(stage, alice)
      let response = try await client.page(path)
      #expect(response.status == .ok)
      #expect(response.headers[.cacheControl] == "no-store")
      #expect(response.headers[.contentType]?.hasPrefix("application/xml") == true)
      let entries = entries(response)
      let password = try #require(issued.passwords[.sip]?.secret)
      let ha1 = DigestHA1(
        algorithm: .sha256, username: "alice", realm: "social.localhost", password: password)
      for (name, value) in [
        "proxy_0/reg_identity": "sip:alice@social.localhost",
        "proxy_0/reg_proxy": "<sip:social.localhost:5061;transport=tls>",
        "auth_info_0/username": "alice", "auth_info_0/realm": "social.localhost",
        "auth_info_0/ha1": ha1.value.reveal(), "auth_info_0/algorithm": "SHA-256",
        "sip/media_encryption": "srtp", "misc/transient_provisioning": "1",
        "proxy_0/push_notification_allowed": "0",
      ] {
        #expect(entries[name] == value, "\(name)")
      }
      #expect(!response.text.contains(password.reveal()))
    }
  }

  @Test("works once; HEAD, a browser and other tokens do not use it up")
  func once() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member(chat: false, calls: true)
      let (_, path) = try await phone(stage, alice)
      let head = try await client.page(path, method: .head)
      #expect(head.status == .methodNotAllowed && head.headers[.allow] == "GET")
      #expect(
        try await client.page(path, method: .post, headers: ["Origin": PageStage.origin]).status
          == .methodNotAllowed)
      for headers in [["Accept": "text/html,*/*;q=0.8"], ["Sec-Fetch-Mode": "navigate"]] {
        let page = try await client.page(path, headers: headers)
        #expect(page.status == .ok && page.text.contains("This link is for Linphone"))
        #expect(page.text.contains("linphone-config:\(PageStage.origin)\(path)"))
        #expect(!page.text.contains("ha1"))
        #expect(
          page.headers[.referrerPolicy] == "no-referrer", "nor does the page's style sheet learn the token")
      }
      for odd in [path + "x", String(path.dropLast()), "/provision/" + String(repeating: "a", count: 5_000)] {
        #expect(try await client.page(odd).status == .notFound, "\(odd.prefix(60))")
      }
      #expect(try await client.page(path).status == .ok)
      let second = try await client.page(path)
      #expect(second.status == .notFound && second.headers[.cacheControl] == "no-store")
      #expect(second.text.hasPrefix("This link was used already"))
      #expect(try await client.page(path, headers: ["Accept": "text/html"]).status == .ok, "no oracle")
    }
  }

  @Test("works for ten minutes, and not for a device that is gone or a service that is off")
  func late() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member(chat: false, calls: true)
      let (_, late) = try await phone(stage, alice)
      stage.clock.advance(601)
      #expect(try await client.page(late).status == .notFound)
      let (removed, path) = try await phone(stage, alice)
      _ = try await stage.accounts.revokeDevice(removed.device.id, of: alice.account, by: .member)
      #expect(try await client.page(path).status == .notFound)
      let (_, off) = try await phone(stage, alice)
      try await stage.accounts.setService(.sip, on: false, of: alice.account, by: .member)
      #expect(try await client.page(off).status == .notFound)
    }
  }

  @Test("cannot be guessed at full speed")
  func guessing() async throws {
    try await PageStage.with { _, client in
      var statuses: [HTTPResponse.Status] = []
      for number in 0..<40 { statuses.append(try await client.page("/provision/guess\(number)").status) }
      #expect(statuses.first == .notFound && statuses.last == .tooManyRequests)
    }
  }

  @Test("never reaches the log")
  func logged() async throws {
    let lines = Mutex<[String]>([])
    try await PageStage.with { stage, _ in
      let alice = try await stage.member(chat: false, calls: true)
      let (_, path) = try await phone(stage, alice)
      let log = Logger(label: "test") { _ in Recorder { line in lines.withLock { $0.append(line) } } }
      try await Application(router: try stage.portal.router(), logger: log).test(.router) { client in
        for headers in [["Accept": "text/html"], [:], [:]] {
          _ = try await client.page(path, headers: headers)
        }
      }
      let token = try #require(path.split(separator: "/").last)
      let all = lines.withLock { $0.joined(separator: "\n") }
      #expect(all.contains("/provision/{token}"))
      #expect(!all.contains(token))
    }
  }

  /// Keeps all that is logged, at every level.
  private struct Recorder: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    let keep: @Sendable (String) -> Void

    init(_ keep: @Sendable @escaping (String) -> Void) { self.keep = keep }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      keep("\(event.message) \(metadata) \(event.metadata ?? [:])")
    }
  }
}

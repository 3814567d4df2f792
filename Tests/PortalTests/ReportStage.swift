// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import HTTPTypes
import HomeServer
import Hummingbird
import HummingbirdTesting
import Logging
import Storage
import Testing

@testable import Accounts
@testable import Portal

/// A portal whose home server is the sandbox, and a member for whom first messages wait.
struct ReportStage: Sendable {
  let home: RelationsStage
  let portal: any TestClientProtocol
  let link: StandInLink
  let alice: PageStage.Visitor
  let account: Account
  let sender: Address

  /// What the sandbox's moderators have.
  struct Filed: Decodable, Equatable {
    let from: String
    let about: String
    let comment: String
    let category: String
    let forwarded: Bool
  }

  static func with(
    from sender: String, saying texts: [String],
    _ body: @escaping @Sendable (ReportStage) async throws -> Void
  ) async throws {
    let link = StandInLink()
    try await RelationsStage.with(link: link) { home in
      let account = try await home.member("alice")
      let address = Address(stored: sender)
      if address.domain == "social.localhost", let name = address.local { _ = try await home.member(name) }
      let now = home.clock.now()
      link.set {
        $0.requests[account.name] = [
          MessageRequest(
            sender: address, first: now, last: now, count: texts.count,
            said: texts.enumerated().map { .init(at: now + Int64($0), kind: .message, text: $1) })
        ]
      }
      let portal = PortalApplication(
        accounts: home.accounts,
        settings: PortalSettings(
          domain: "social.localhost", homeServer: try #require(URL(string: "https://social.localhost:8443")),
          portal: try #require(URL(string: PageStage.origin)), listenHost: "127.0.0.1", listenPort: 0,
          trustedProxies: [], share: PageStage.checkout.appending(path: "share"),
          web: PageStage.checkout.appending(path: "web"),
          uploads: try #require(URL(string: "https://upload.social.localhost")),
          connectHost: "social.localhost", connectPort: 5222, archiveDays: 365, uploadDays: 30,
          deviceLimit: 3),
        clock: home.clock.now, files: PortalStage.files)
      let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      let alice = try await PageStage.Visitor(account.id, of: home.accounts, at: now)
      try await Application(router: try portal.router(), logger: log).test(.router) { client in
        try await body(
          ReportStage(home: home, portal: client, link: link, alice: alice, account: account, sender: address)
        )
      }
    }
  }

  var path: String { "/requests/report?from=\(sender.query)" }

  /// What the way through the home server brings: a permission for this browser, and its token noted as to be revoked.
  @discardableResult
  func permit(_ scopes: String = "read:accounts write:reports") async throws -> Secret {
    let secret = try await home.token(of: "alice", scopes)
    let token = AccessToken(secret, scopes: Scopes(text: scopes))
    let now = home.clock.now()
    let until = now + Accounts.reportPermissionLife
    try await home.accounts.ledger.write { [account, accounts = home.accounts] in
      try accounts.lend(token, of: account, until: until, $0)
    }
    await home.accounts.homeServer?.reportPermissions.grant(
      token, to: Fingerprint(of: alice.cookie), until: until, at: now)
    return secret
  }

  func filed() async throws -> [Filed] {
    try JSONDecoder().decode([Filed].self, from: try await home.control(.get, "reports"))
  }

  /// Sends the form of the page, with these boxes and fields changed.
  func send(_ fields: [String: String?] = [:]) async throws -> TestResponse {
    let page = try await portal.page(path, alice)
    var all: [String: String?] = [
      "address": sender.description, "account": portal.hidden("account", in: page),
      "category": "spam", "comment": "Please look.",
    ]
    all.merge(fields) { $1 }
    return try await portal.post("/requests/report", all, alice)
  }

  /// The name of the box of a message.
  func box(_ index: Int) -> String {
    let said = link.now.requests[account.name]?.first?.said ?? []
    return said.indices.contains(index) ? "said:\(ReportText.name(of: said[index]))" : ""
  }

  /// Tokens that are due to be revoked.
  func due() async throws -> Int {
    try await home.accounts.ledger.read { [now = home.clock.now()] in
      try $0.tokenReturns(due: now, limit: 9).count
    }
  }
}

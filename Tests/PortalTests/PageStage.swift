// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Engines
import Foundation
import GRDB
import HTTPTypes
import HomeServer
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Storage
import Synchronization

@testable import Accounts
@testable import Portal

/// A portal with a real ledger and projection in a folder of their own, and members who are signed in.
struct PageStage: Sendable {
  let folder: URL
  let accounts: Accounts
  let clock: StageClock
  let portal: PortalApplication
  static let origin = "https://chat.social.localhost"

  final class StageClock: Sendable {
    private let seconds = Mutex<Int64>(1_800_000_000)
    var now: WallClock { { Timestamp(seconds: self.seconds.withLock { $0 }) } }
    func advance(_ by: Int64) { seconds.withLock { $0 += by } }
  }

  static let checkout = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardized

  static func with(
    deviceLimit: Int = 3, calls: Bool = true, historyDays: Int = 30, requestBurst: Int = 240,
    isEmbedded: Bool = false, link: StandInLink? = nil,
    _ body: @escaping @Sendable (PageStage, any TestClientProtocol) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "trunkline-pages-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let clock = StageClock()
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let ledger = try Ledger(folder: folder.appending(path: "ledger"))
    let schema = try String(
      contentsOf: checkout.appending(path: "share/prosody/projection.sql"), encoding: .utf8)
    let key = SealingKey(random: .system)
    // Nobody listens there: what pages do when the home server is down. Sign-ins that succeed are tested elsewhere.
    let client = try HomeServerClient(
      address: HomeServerAddress(
        domain: "social.localhost", baseURL: URL(filePath: "/").with("http://127.0.0.1:1")), logger: log)
    let accounts = Accounts(
      ledger: ledger,
      projections: Projections(
        chat: Projector(
          ledger: ledger, source: .chat(words: .none), folder: folder.appending(path: "projection"),
          schema: schema, control: nil, clock: clock.now, log: log),
        calls: calls
          ? Projector(
            ledger: ledger, source: .calls(key: key), folder: folder.appending(path: "calls"),
            schema: try String(
              contentsOf: checkout.appending(path: "share/kamailio/projection.sql"), encoding: .utf8),
            control: nil, clock: clock.now, log: log) : nil),
      observations: Observations(
        chat: EngineObservations(file: folder.appending(path: "seen-xmpp.sqlite")),
        calls: EngineObservations(file: folder.appending(path: "seen-sip.sqlite"))),
      homeServer: HomeServerAccess(
        client: client, adminToken: nil, webhookSecret: nil, portal: URL(filePath: "/").with(origin),
        ledger: ledger,
        key: key, clock: clock.now),
      link: link,
      rules: Accounts.Rules(
        domain: "social.localhost", services: calls ? [.xmpp, .sip] : [.xmpp],
        devices: DevicePolicy(limit: deviceLimit)),
      key: key, clock: clock.now, log: log)
    var settings = PortalSettings(
      domain: "social.localhost", homeServer: URL(filePath: "/").with("https://social.localhost:8443"),
      portal: URL(filePath: "/").with(origin), listenHost: "127.0.0.1", listenPort: 0, trustedProxies: [],
      share: checkout.appending(path: "share"), web: checkout.appending(path: "web"),
      uploads: URL(filePath: "/").with("https://upload.social.localhost"), connectHost: "social.localhost",
      connectPort: 5222,
      archiveDays: 365, uploadDays: 30, deviceLimit: deviceLimit,
      calls: calls
        ? PortalSettings.Calls(
          host: "social.localhost", port: 5_061, cleartextPort: 5_060, historyDays: historyDays) : nil,
      isEmbedded: isEmbedded)
    settings.signInBurst = 15
    settings.requestBurst = requestBurst
    let portal = PortalApplication(
      accounts: accounts, settings: settings, clock: clock.now, files: PortalStage.files)
    let stage = PageStage(folder: folder, accounts: accounts, clock: clock, portal: portal)
    do {
      try await Application(router: try portal.router(), logger: log).test(.router) { client in
        try await body(stage, client)
      }
    } catch {
      await client.shutdown()
      throw error
    }
    await client.shutdown()
  }

  /// A member, signed in a moment ago.
  func member(
    _ name: String = "alice", displayName: String? = nil, chat: Bool = true, calls: Bool = false
  ) async throws -> Visitor {
    let account = try await accounts.ledger.write { [clock] writer in
      try writer.addAccount(
        Account(
          id: 0, identity: AccountIdentity(homeServer: "social.localhost", id: "id-\(name)"),
          name: Name(stored: name), displayName: displayName ?? name.capitalized, standing: .active,
          standingCheckedAt: clock.now(), createdAt: clock.now()))
    }
    if chat { try await accounts.setService(.xmpp, on: true, of: account.id, by: .member) }
    if calls { try await accounts.setService(.sip, on: true, of: account.id, by: .member) }
    return try await visitor(account.id)
  }

  func visitor(_ account: Account.ID) async throws -> Visitor {
    try await Visitor(account, of: accounts, at: clock.now())
  }

  /// Writes down what an engine has seen, as the engine does.
  func see(_ device: Device, _ service: Service, from address: String, online: Bool) throws {
    let queue = try DatabaseQueue(path: folder.appending(path: "seen-\(service.rawValue).sqlite").path)
    try queue.write { database in
      try database.execute(
        sql: """
          CREATE TABLE IF NOT EXISTS seen (device TEXT PRIMARY KEY, name TEXT, connected_at INTEGER, address TEXT,
            app TEXT, online INTEGER)
          """)
      try database.execute(
        sql: "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [device.id.text, "alice", clock.now().seconds, address, "", online])
    }
  }

  /// A signed-in browser.
  struct Visitor: Sendable {
    let cookie: Secret
    let account: Account.ID
    let csrf: String
  }
}

extension PageStage.Visitor {
  /// A browser of the member, signed in just now.
  init(_ account: Account.ID, of accounts: Accounts, at now: Timestamp) async throws {
    let (cookie, csrf) = try await accounts.signedIn(account, at: now, for: 86_400)
    self.init(cookie: cookie, account: account, csrf: csrf ?? "")
  }
}

extension URL {
  fileprivate func with(_ text: String) -> URL { URL(string: text) ?? self }
}

extension TestClientProtocol {
  /// As a browser of ours asks.
  func page(
    _ path: String, _ visitor: PageStage.Visitor? = nil, method: HTTPRequest.Method = .get,
    headers: [String: String] = [:]
  ) async throws -> TestResponse {
    try await execute(uri: path, method: method, headers: Self.fields(visitor, headers))
  }

  /// Sends a form as the page of this visitor does. A field that is `nil` is left out.
  func post(
    _ path: String, _ fields: [String: String?] = [:], _ visitor: PageStage.Visitor? = nil,
    headers: [String: String] = ["Origin": PageStage.origin, "Sec-Fetch-Site": "same-origin"],
    raw: [UInt8]? = nil
  ) async throws -> TestResponse {
    var all: [String: String?] = ["csrf": visitor?.csrf]
    all.merge(fields) { $1 }
    let body = all.compactMap { name, value in
      value.map { "\(name)=\($0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" }
    }.joined(separator: "&")
    let type = ["Content-Type": "application/x-www-form-urlencoded"]
    return try await execute(
      uri: path, method: .post, headers: Self.fields(visitor, type.merging(headers) { $1 }),
      body: raw.map { ByteBuffer(bytes: $0) } ?? ByteBuffer(string: body))
  }

  private static func fields(_ visitor: PageStage.Visitor?, _ headers: [String: String]) -> HTTPFields {
    var fields = HTTPFields()
    if let visitor { fields[.cookie] = "__Host-trunkline=\(visitor.cookie.reveal())" }
    for (name, value) in headers {
      if let name = HTTPField.Name(name) { fields[name] = value }
    }
    return fields
  }
}

extension TestResponse {
  var text: String { String(buffer: body) }

  /// Where a redirect leads.
  var leads: String? { headers[.location] }
}

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
import Sandbox
import Storage
import Testing

@testable import Accounts

/// Accounts with a real ledger and real projections, and a sandbox home server whose members they are.
struct RelationsStage: Sendable {
  let folder: URL
  let accounts: Accounts
  let clock: PageStage.StageClock
  let failures: PortalStage.Failures
  private let homeServer: any TestClientProtocol
  private let controlToken: String

  static let scopes = "read:accounts read:follows read:blocks read:mutes"

  /// - Parameter adminToken: the scopes of a token that the home server's admin has set up here; `nil` for none.
  static func with(
    adminToken: String? = nil, link: StandInLink? = nil,
    _ body: @escaping @Sendable (RelationsStage) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "relations-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let settings = SandboxSettings(
      domain: "social.localhost", baseURL: try #require(URL(string: "http://127.0.0.1:0")),
      files: PageStage.checkout.appending(path: "trial/sandbox"), listenPort: 0, limits: .none)
    let sandbox = try await Sandbox(settings: settings, logger: quiet)
    try await sandbox.makeApplication().test(.live) { homeServer in
      let port = try #require(homeServer.port)
      let client = try HomeServerClient(
        address: HomeServerAddress(
          domain: "social.localhost", baseURL: try #require(URL(string: "http://127.0.0.1:\(port)"))),
        limits: WireLimits(overall: .seconds(30), backOff: .milliseconds(5)), logger: quiet)
      let admin = try await adminToken.asyncMap {
        try await token(of: "trent", $0, homeServer, sandbox.controlToken)
      }
      let stage = try RelationsStage(folder, client, admin, link, homeServer, sandbox.controlToken)
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await body(stage)) } catch { outcome = .failure(error) }
      await stage.accounts.homeServer?.reads.close()
      await client.shutdown()
      try outcome.get()
    }
  }

  private init(
    _ folder: URL, _ client: HomeServerClient, _ admin: Secret?, _ link: StandInLink?,
    _ homeServer: any TestClientProtocol, _ controlToken: String
  ) throws {
    let clock = PageStage.StageClock()
    let failures = PortalStage.Failures()
    let key = SealingKey(random: .system)
    let ledger = try Ledger(folder: folder.appending(path: "ledger"))
    let share = PageStage.checkout.appending(path: "share")
    let projections = Projections(
      chat: Projector(
        ledger: ledger, source: .chat(words: .none), folder: folder.appending(path: "projection"),
        schema: try String(contentsOf: share.appending(path: "prosody/projection.sql"), encoding: .utf8),
        control: nil, clock: clock.now, log: Self.quiet),
      calls: nil, failPoints: failures.points)
    accounts = Accounts(
      ledger: ledger, projections: projections,
      observations: Observations(chat: EngineObservations(file: folder.appending(path: "seen.sqlite"))),
      homeServer: HomeServerAccess(
        client: client, adminToken: admin, webhookSecret: nil,
        portal: try #require(URL(string: PageStage.origin)), ledger: ledger, key: key, clock: clock.now),
      link: link, rules: Accounts.Rules(domain: "social.localhost"), key: key, clock: clock.now,
      failPoints: failures.points,
      log: Self.quiet)
    self.folder = folder
    self.clock = clock
    self.failures = failures
    self.homeServer = homeServer
    self.controlToken = controlToken
  }

  private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  // MARK: The home server

  @discardableResult
  func control(
    _ method: HTTPRequest.Method, _ path: String, _ json: [String: any Sendable] = [:]
  ) async throws -> Data {
    try await Self.control(method, path, json, homeServer, controlToken)
  }

  private static func control(
    _ method: HTTPRequest.Method, _ path: String, _ json: [String: any Sendable],
    _ homeServer: any TestClientProtocol, _ controlToken: String
  ) async throws -> Data {
    let body = try JSONSerialization.data(withJSONObject: json)
    let answer = try await homeServer.execute(
      uri: "/sandbox/\(path)", method: method,
      headers: [.authorization: "Bearer \(controlToken)", .contentType: "application/json"],
      body: method == .get ? nil : ByteBuffer(bytes: body))
    try #require(answer.status == .ok, "\(method) \(path): \(String(buffer: answer.body))")
    return Data(answer.body.readableBytesView)
  }

  private static func token(
    of name: String, _ scopes: String, _ homeServer: any TestClientProtocol, _ controlToken: String
  ) async throws -> Secret {
    struct Answer: Decodable {
      let token: String
      enum CodingKeys: String, CodingKey { case token = "access_token" }
    }
    let data = try await control(
      .post, "tokens", ["name": name, "scopes": scopes], homeServer, controlToken)
    return Secret(try JSONDecoder().decode(Answer.self, from: data).token)
  }

  /// A token of a member's, as an app of ours gets it.
  func token(of name: String, _ scopes: String) async throws -> Secret {
    try await Self.token(of: name, scopes, homeServer, controlToken)
  }

  /// How often an endpoint was asked.
  func requests(_ endpoint: String) async throws -> Int {
    let counts = try JSONDecoder().decode([String: Int].self, from: try await control(.get, "counters"))
    return counts[endpoint] ?? 0
  }

  // MARK: Members

  /// A member of the home server who has signed in here once.
  func member(_ name: String, scopes: String? = scopes) async throws -> Account {
    struct Entry: Decodable {
      let id: String
      let name: String
      let domain: String?
    }
    let all = try JSONDecoder().decode([Entry].self, from: try await control(.get, "members"))
    let id = try #require(all.first { $0.name == name && $0.domain == nil }).id
    let account = try await accounts.ledger.write { [clock] writer in
      try writer.addAccount(
        Account(
          id: 0, identity: AccountIdentity(homeServer: "social.localhost", id: id), name: Name(stored: name),
          displayName: name, standing: .active, standingCheckedAt: clock.now(), createdAt: clock.now()))
    }
    try await accounts.setService(.xmpp, on: true, of: account.id, by: .member)
    let phone = NewDevice(name: try DeviceName("Phone"), apps: [.xmpp: .monal])
    _ = try await accounts.addDevice(phone, to: account.id, by: .member)
    if let scopes { try await signIn(account, scopes) }
    return account
  }

  /// As a sign-in does: keeps a new token.
  func signIn(_ account: Account, _ scopes: String = scopes) async throws {
    let secret = try await Self.token(of: account.name.text, scopes, homeServer, controlToken)
    let token = AccessToken(secret, scopes: Scopes(text: scopes))
    try await accounts.ledger.write { [accounts] in try accounts.keepToken(token, of: account, $0) }
  }

  /// What Prosody reads of the decisions about others: peers with their flags.
  func projected(_ name: String) throws -> [String: String] {
    let file = folder.appending(path: "projection/projection.sqlite").path
    var configuration = Configuration()
    configuration.readonly = true
    return try DatabaseQueue(path: file, configuration: configuration).read { database in
      let rows = try Row.fetchAll(
        database, sql: "SELECT peer, flags FROM relations WHERE name = ?", arguments: [name])
      return Dictionary(uniqueKeysWithValues: rows.map { ($0["peer"], $0["flags"]) })
    }
  }
}

extension Optional {
  fileprivate func asyncMap<Value>(_ body: (Wrapped) async throws -> Value) async throws -> Value? {
    guard let self else { return nil }
    return try await body(self)
  }
}

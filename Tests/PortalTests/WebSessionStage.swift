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
import Synchronization
import Testing

@testable import Accounts
@testable import Portal

/// A portal whose home server is a running sandbox, with its web app pinned.
struct WebSessionStage: Sendable {
  let folder: URL
  let accounts: Accounts
  let clock: PortalStage.ManualClock
  let lines: Lines
  let client: any TestClientProtocol
  private let homeServer: any TestClientProtocol
  private let controlToken: String

  static let home = "https://social.localhost"
  static let chat = "https://chat.social.localhost"
  static let allScopes = "read write follow push"

  /// All that is logged.
  final class Lines: Sendable {
    private let texts = Mutex<[String]>([])
    var all: String { texts.withLock { $0.joined(separator: "\n") } }
    func add(_ text: String) { texts.withLock { $0.append(text) } }
  }

  private struct Recorder: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
      lines.add("\(event.message) \(metadata) \(String(describing: event.metadata))")
    }
  }

  /// - Parameter webApp: the id that is pinned; the sandbox's is 1.
  static func with(
    webApp: String? = "1", _ body: @escaping @Sendable (WebSessionStage) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "web-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let lines = Lines()
    let log = Logger(label: "test") { _ in Recorder(lines: lines) }
    let quiet = Logger(label: "sandbox") { _ in SwiftLogNoOpLogHandler() }
    let settings = SandboxSettings(
      domain: "social.localhost", baseURL: try #require(URL(string: "http://127.0.0.1:0")),
      files: PageStage.checkout.appending(path: "trial/sandbox"), listenPort: 0, limits: .none)
    let sandbox = try await Sandbox(settings: settings, logger: quiet)
    try await sandbox.makeApplication().test(.live) { homeServer in
      let port = try #require(homeServer.port)
      let base = try #require(URL(string: "http://127.0.0.1:\(port)"))
      let home = try HomeServerClient(
        address: HomeServerAddress(domain: "social.localhost", baseURL: base),
        limits: WireLimits(overall: .seconds(30), retries: 0), logger: log)
      let outcome: Result<Void, any Error>
      do {
        let portal = try WebSessionStage.portal(in: folder, home, webApp, log)
        let clock = portal.clock
        let application = Application(router: try portal.application.router(), logger: log)
        try await application.test(.router) { client in
          try await body(
            WebSessionStage(
              folder: folder, accounts: portal.accounts, clock: clock, lines: lines, client: client,
              homeServer: homeServer, controlToken: sandbox.controlToken))
        }
        outcome = .success(())
      } catch { outcome = .failure(error) }
      await home.shutdown()
      try outcome.get()
    }
  }

  private init(
    folder: URL, accounts: Accounts, clock: PortalStage.ManualClock, lines: Lines,
    client: any TestClientProtocol,
    homeServer: any TestClientProtocol, controlToken: String
  ) {
    self.folder = folder
    self.accounts = accounts
    self.clock = clock
    self.lines = lines
    self.client = client
    self.homeServer = homeServer
    self.controlToken = controlToken
  }

  private static func portal(
    in folder: URL, _ home: HomeServerClient, _ webApp: String?, _ log: Logger
  ) throws -> (application: PortalApplication, accounts: Accounts, clock: PortalStage.ManualClock) {
    let clock = PortalStage.ManualClock()
    let key = SealingKey(random: .system)
    let share = PageStage.checkout.appending(path: "share")
    func schema(_ engine: String) throws -> String {
      try String(contentsOf: share.appending(path: "\(engine)/projection.sql"), encoding: .utf8)
    }
    let ledger = try Ledger(folder: folder.appending(path: "ledger"))
    let projections = Projections(
      chat: Projector(
        ledger: ledger, source: .chat(words: .none), folder: folder.appending(path: "chat"),
        schema: try schema("prosody"), control: nil, clock: clock.now, log: log),
      calls: Projector(
        ledger: ledger, source: .calls(key: key), folder: folder.appending(path: "calls"),
        schema: try schema("kamailio"), control: nil, clock: clock.now, log: log))
    let chat = try #require(URL(string: WebSessionStage.chat))
    let accounts = Accounts(
      ledger: ledger, projections: projections,
      observations: Observations(chat: EngineObservations(file: folder.appending(path: "seen.sqlite"))),
      homeServer: HomeServerAccess(
        client: home, adminToken: nil, webhookSecret: nil, webAppID: webApp, portal: chat, ledger: ledger,
        key: key,
        clock: clock.now),
      rules: Accounts.Rules(
        domain: "social.localhost", services: [.xmpp, .sip], devices: DevicePolicy(limit: 2)),
      key: key, clock: clock.now, log: log)
    var settings = PortalSettings(
      domain: "social.localhost", homeServer: try #require(URL(string: WebSessionStage.home)), portal: chat,
      listenHost: "127.0.0.1", listenPort: 0, trustedProxies: [], share: share,
      web: PageStage.checkout.appending(path: "web"),
      uploads: try #require(URL(string: "https://upload.social.localhost")), connectHost: "social.localhost",
      connectPort: 5_222, archiveDays: 365, uploadDays: 30, deviceLimit: 2,
      calls: PortalSettings.Calls(host: "social.localhost", port: 5_061, cleartextPort: nil))
    // Its limits know only the real clock; a day of renewals takes a few seconds of it.
    settings.requestBurst = 10_000
    return (
      PortalApplication(
        accounts: accounts, settings: settings, clock: clock.now, files: PortalStage.files), accounts, clock
    )
  }

  // MARK: The home server

  @discardableResult
  func control(
    _ method: HTTPRequest.Method, _ path: String, _ json: [String: any Sendable] = [:]
  ) async throws -> Data {
    try await home(method, "/sandbox/\(path)", json, token: controlToken)
  }

  func home(
    _ method: HTTPRequest.Method, _ path: String, _ json: [String: any Sendable], token: String? = nil
  ) async throws -> Data {
    var headers: HTTPFields = [.contentType: "application/json"]
    headers[.authorization] = token.map { "Bearer \($0)" }
    let body = try JSONSerialization.data(withJSONObject: json)
    let answer = try await homeServer.execute(
      uri: path, method: method, headers: headers, body: method == .get ? nil : ByteBuffer(bytes: body))
    try #require(answer.status == .ok, "\(method) \(path): \(String(buffer: answer.body))")
    return Data(answer.body.readableBytesView)
  }

  /// A token of the home server's page, or of the app that is named by its id.
  func token(of name: String, app: String? = nil, _ scopes: String = "read write follow") async throws
    -> String
  {
    struct Answer: Decodable {
      let token: String
      enum CodingKeys: String, CodingKey { case token = "access_token" }
    }
    var wish: [String: any Sendable] = ["name": name, "scopes": scopes]
    wish["app"] = app
    return try JSONDecoder().decode(Answer.self, from: try await control(.post, "tokens", wish)).token
  }

  /// Answers nothing about members until it is mended.
  func breakHome() async throws { try await control(.post, "faults", ["kind": "status", "endpoint": "*"]) }
  func mendHome() async throws { try await control(.delete, "faults") }

  // MARK: Browsers

  /// What the home server's page does.
  func ask(
    _ token: String?, origin: String? = home, site: String? = "same-origin", body: String = "{}",
    type: String = "application/json"
  ) async throws -> TestResponse {
    var headers: HTTPFields = [.contentType: type]
    headers[.authorization] = token.map { "Bearer \($0)" }
    headers[.origin] = origin
    headers[.fetchSite] = site
    return try await client.execute(
      uri: TicketDesk.path, method: .post, headers: headers, body: ByteBuffer(string: body)
    ) { $0 }
  }

  func ticket(of name: String) async throws -> String {
    let answer = try await ask(token(of: name))
    try #require(answer.status == .ok, "\(answer.text)")
    return try #require(answer.json["ticket"] as? String)
  }

  var stranger: PortalBrowser { PortalBrowser(client: client, cookie: nil, token: nil, origin: Self.chat) }

  /// A browser that the page has let in, with chat on and passwords.
  func browser(of name: String, calls: Bool = false) async throws -> PortalBrowser {
    let ticket = try await ticket(of: name)
    let account = try await accounts.account(named: Name(name))
    try await accounts.setService(.xmpp, on: true, of: account.id, by: .member)
    if calls { try await accounts.setService(.sip, on: true, of: account.id, by: .member) }
    let opened = try await stranger.open(ticket: ticket)
    try #require(opened.answer.status == .ok, "\(opened.answer.text)")
    return opened.browser
  }

  /// A browser that has signed in at the portal with the home server's consent, whose token is kept.
  func signedIn(_ name: String) async throws -> PortalBrowser {
    _ = try await ticket(of: name)
    let account = try await accounts.account(named: Name(name))
    try await accounts.setService(.xmpp, on: true, of: account.id, by: .member)
    let token = AccessToken(Secret(try await token(of: name, "read")), scopes: Scopes(text: "read"))
    try await accounts.ledger.write { [accounts] in try accounts.keepToken(token, of: account, $0) }
    let (cookie, csrf) = try await accounts.signedIn(account.id, at: clock.now())
    return PortalBrowser(
      client: client, cookie: "\(SessionCookie(isSecure: true).sessionName)=\(cookie.reveal())",
      token: csrf, origin: Self.chat)
  }

  /// The devices that Prosody lets in, and until when; those that are over by now left out.
  func projected(_ name: String) throws -> [String: Int64] {
    var configuration = Configuration()
    configuration.readonly = true
    let file = folder.appending(path: "chat/projection.sqlite").path
    let lines = try DatabaseQueue(path: file, configuration: configuration).read { database in
      try String.fetchOne(database, sql: "SELECT devices FROM members WHERE name = ?", arguments: [name])
    }
    let devices = (lines ?? "").split(separator: "\n").map { $0.split(separator: " ") }
    return Dictionary(uniqueKeysWithValues: devices.map { (String($0[0]), Int64($0[1]) ?? 0) })
      .filter { $0.value == 0 || $0.value > clock.now().seconds }
  }
}

extension PortalBrowser {
  /// Asks for passwords, and goes on with the cookie and the token that come back.
  func open(ticket: String? = nil, renew: Bool = false) async throws -> (
    answer: TestResponse, browser: PortalBrowser
  ) {
    var wish: [String: Any] = ["renew": renew]
    wish["ticket"] = ticket
    let body = String(decoding: try JSONSerialization.data(withJSONObject: wish), as: UTF8.self)
    let answer = try await send(.post, "/api/v1/web-session", body)
    return (
      answer,
      but {
        $0.token = answer.json["csrf_token"] as? String ?? $0.token
        if let set = answer.headers[.setCookie]?.split(separator: ";").first { $0.cookie = String(set) }
      }
    )
  }

  func renew(ticket: String? = nil) async throws -> TestResponse {
    try await open(ticket: ticket, renew: true).answer
  }
}

extension TestResponse {
  var device: String? { json["device"] as? String }
  var chatPassword: String? { (json["chat"] as? [String: Any])?["password"] as? String }
}

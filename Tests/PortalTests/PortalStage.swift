// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Engines
import Foundation
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

/// A portal with a real ledger and a real projection in a folder of their own, and a clock that the test sets. The
/// home server is one that cannot be reached.
struct PortalStage: Sendable {
  let folder: URL
  let accounts: Accounts
  let settings: PortalSettings
  let clock: ManualClock
  let failures: Failures
  let metrics = PrometheusMetrics()
  static let webhookSecret = Secret("the webhook's secret")

  final class ManualClock: Sendable {
    private let seconds = Mutex<Int64>(1_800_000_000)
    var now: WallClock { { Timestamp(seconds: self.seconds.withLock { $0 }) } }
    func advance(_ by: Int64) { seconds.withLock { $0 += by } }
  }

  /// What the next fail point does.
  final class Failures: Sendable {
    struct Crash: Error {}
    private let point = Mutex<FailPoint?>(nil)

    func crash(at wanted: FailPoint?) { point.withLock { $0 = wanted } }

    var points: FailPoints {
      FailPoints { reached in
        guard self.point.withLock({ $0 }) == reached else { return }
        throw Crash()
      }
    }
  }

  /// Runs `body` with a portal, and a client that speaks to its router.
  ///
  /// - Parameters:
  ///   - live: over a real connection from 127.0.0.1, and not straight into the router.
  ///   - homeServer: whether the portal has one, with a secret for webhooks.
  static func with(
    deviceLimit: Int = 20, live: Bool = false, homeServer: Bool = false, link: StandInLink? = nil,
    _ body: @escaping @Sendable (PortalStage, any TestClientProtocol) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "trunkline-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    var client: HomeServerClient?
    if homeServer {
      client = try HomeServerClient(
        address: HomeServerAddress(domain: "example.social", baseURL: unreachable),
        limits: WireLimits(connect: .milliseconds(500), overall: .milliseconds(500), retries: 0), logger: log)
    }
    let outcome: Result<Void, any Error>
    do {
      let stage = try PortalStage(
        folder: folder, deviceLimit: deviceLimit, client: client, link: link, log: log)
      let router = try stage.portal.router()
      try await Application(router: router, logger: log).test(live ? .live : .router) {
        try await body(stage, $0)
      }
      outcome = .success(())
    } catch { outcome = .failure(error) }
    await client?.shutdown()
    try outcome.get()
  }

  private init(
    folder: URL, deviceLimit: Int, client: HomeServerClient?, link: StandInLink?, log: Logger
  ) throws {
    self.folder = folder
    let clock = ManualClock()
    let failures = Failures()
    let share = Self.share
    let portal = Self.portal
    let key = SealingKey(random: .system)
    let ledger = try Ledger(folder: folder.appending(path: "ledger"))
    let projections = Projections(
      chat: Projector(
        ledger: ledger, source: .chat(words: .none), folder: folder.appending(path: "projection"),
        schema: try String(contentsOf: share.appending(path: "prosody/projection.sql"), encoding: .utf8),
        control: nil, clock: clock.now, log: log),
      calls: Projector(
        ledger: ledger, source: .calls(key: key), folder: folder.appending(path: "calls"),
        schema: try String(contentsOf: share.appending(path: "kamailio/projection.sql"), encoding: .utf8),
        control: nil, clock: clock.now, log: log),
      failPoints: failures.points)
    accounts = Accounts(
      ledger: ledger, projections: projections,
      observations: Observations(
        chat: EngineObservations(file: folder.appending(path: "observations.sqlite"))),
      homeServer: client.map {
        HomeServerAccess(
          client: $0, adminToken: nil, webhookSecret: Self.webhookSecret, portal: portal, ledger: ledger,
          key: key,
          clock: clock.now)
      },
      link: link,
      rules: Accounts.Rules(
        domain: "example.social", services: [.xmpp, .sip], devices: DevicePolicy(limit: deviceLimit)),
      key: key,
      clock: clock.now, failPoints: failures.points, log: log)
    var settings = PortalSettings(
      domain: "example.social", homeServer: Self.unreachable, portal: portal, listenHost: "127.0.0.1",
      listenPort: 0,
      trustedProxies: ["127.0.0.1"], share: share,
      web: share.deletingLastPathComponent().appending(path: "web"),
      uploads: URL(string: "https://upload.example.social") ?? portal, connectHost: "example.social",
      connectPort: 5_222,
      archiveDays: 365, uploadDays: 30, deviceLimit: deviceLimit,
      calls: PortalSettings.Calls(host: "sip.example.social", port: 5_061, cleartextPort: nil))
    // Some tests ask everything of every route.
    settings.requestBurst = 10_000
    self.settings = settings
    self.clock = clock
    self.failures = failures
  }

  private static let portal = URL(string: "https://chat.example.social") ?? URL(filePath: "/")
  /// Nothing listens at port 9, “discard”.
  private static let unreachable = URL(string: "http://127.0.0.1:9") ?? URL(filePath: "/")

  static let share: URL = {
    var folder = URL(filePath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    return folder.appending(path: "share")
  }()

  var portal: PortalApplication {
    PortalApplication(
      accounts: accounts, settings: settings, clock: clock.now, metrics: metrics, files: Self.files)
  }

  /// Read once for all tests: parsing the templates takes longer than most of what is tested. Where they cannot be read, each
  /// portal says so itself.
  static let files = try? PortalFiles(share: share)

  /// An account as the first sign-in makes it.
  func member(
    _ name: String = "alice", chat: Bool = true, calls: Bool = false
  ) async throws -> Account {
    let now = clock.now()
    let account = try await accounts.ledger.write { writer in
      try writer.addAccount(
        Account(
          id: 0, identity: AccountIdentity(homeServer: "example.social", id: "id-\(name)"),
          name: Name(stored: name), displayName: name.capitalized, standing: .active, standingCheckedAt: now,
          createdAt: now))
    }
    if chat { try await accounts.setService(.xmpp, on: true, of: account.id, by: .member) }
    if calls { try await accounts.setService(.sip, on: true, of: account.id, by: .member) }
    return account
  }

  /// A browser that has signed in.
  ///
  /// - Parameter provedAgo: how long ago, in seconds, the member proved who they are.
  func browser(
    of account: Account, _ client: any TestClientProtocol, provedAgo: Int64 = 0
  ) async throws -> PortalBrowser {
    let (cookie, csrf) = try await accounts.signedIn(account.id, at: clock.now(), provedAgo: provedAgo)
    return PortalBrowser(
      client: client, cookie: "\(SessionCookie(isSecure: true).sessionName)=\(cookie.reveal())",
      token: csrf, origin: settings.origin)
  }

  /// A browser that nobody is signed in with.
  func stranger(_ client: any TestClientProtocol) -> PortalBrowser {
    PortalBrowser(client: client, cookie: nil, token: nil, origin: settings.origin)
  }

  /// As if the disk of the projection had gone.
  func breakProjection() throws {
    let projection = folder.appending(path: "projection")
    try FileManager.default.removeItem(at: projection)
    try Data().write(to: projection)
  }
}

/// What a browser sends: the cookie, the token, where it comes from. Each can be set wrong.
struct PortalBrowser: Sendable {
  let client: any TestClientProtocol
  var cookie: String?
  var token: String?
  var origin: String?
  var fetchSite: String? = "same-origin"
  var contentType: String? = "application/json"
  /// Whether reads say where they come from, too, as a script's do.
  var reads = false

  func send(_ method: HTTPRequest.Method, _ path: String, _ body: String? = nil) async throws -> TestResponse
  {
    var headers = HTTPFields()
    headers[.cookie] = cookie
    if method != .get {
      headers[.origin] = origin
      headers[.fetchSite] = fetchSite
      headers[.csrfToken] = token
    } else if reads {
      headers[.fetchSite] = fetchSite
    }
    if body != nil { headers[.contentType] = contentType }
    return try await client.execute(
      uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) }
    ) { $0 }
  }

  func but(_ change: (inout PortalBrowser) -> Void) -> PortalBrowser {
    var copy = self
    change(&copy)
    return copy
  }
}

extension TestResponse {
  /// The body as a JSON object.
  var json: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(body.readableBytesView))) as? [String: Any] ?? [:]
  }

  /// The last part of a problem's type.
  var problem: String? {
    guard headers[.contentType] == "application/problem+json" else { return nil }
    return (json["type"] as? String)?.split(separator: ":").last.map(String.init)
  }
}

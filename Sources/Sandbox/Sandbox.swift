// SPDX-License-Identifier: AGPL-3.0-or-later

public import AsyncHTTPClient
public import Foundation
public import Hummingbird
public import Logging
import Mustache
import NIOCore

/// A stand-in home server for the trial and the tests: as strict as Mastodon 4.6 in what Trunkline uses of it.
///
/// It is never part of the product. Its members, their password and what goes wrong on purpose are documented
/// and set through `/sandbox/…` (see ``controlToken``).
public struct Sandbox: Sendable {
  public let settings: SandboxSettings
  /// The bearer token of the control API.
  public let controlToken: String

  let state: SandboxState
  let templates: MustacheLibrary
  /// Styles and the page's script, by name.
  let packs: [String: String]
  let courier: WebhookCourier
  let clock: @Sendable () -> Date
  let entropy: SandboxEntropy
  let logger: Logger
  private let port = OpenPort()

  /// Opens or seeds the state and reads the templates.
  /// - Parameters:
  ///   - clock: what time it is.
  ///   - entropy: where tokens and codes come from.
  ///   - client: sends the webhooks.
  /// - Throws: ``SandboxError``.
  public init(
    settings: SandboxSettings, clock: @escaping @Sendable () -> Date = { Date() },
    entropy: SandboxEntropy = .system, logger: Logger = Logger(label: "sandbox"),
    client: HTTPClient = .shared
  ) async throws {
    guard let scheme = settings.baseURL.scheme, ["http", "https"].contains(scheme),
      settings.baseURL.host() != nil, ["", "/"].contains(settings.baseURL.path())
    else {
      throw SandboxError(
        code: .settings, cause: "“\(settings.baseURL)” is not the address of a server.",
        remedy: "Give a scheme, a host and a port, and no path: https://social.localhost:8443.")
    }
    self.settings = settings
    self.clock = clock
    self.entropy = entropy
    self.logger = logger
    controlToken = settings.controlToken ?? entropy.token()
    state = try SandboxState(settings: settings, entropy: entropy)
    courier = WebhookCourier(client: client, delays: settings.webhookRetryDelays, logger: logger)
    do {
      templates = try await MustacheLibrary(directory: settings.files.path)
      var packs: [String: String] = [:]
      for name in ["mastodon.css", "sandbox.css", "sandbox.js"] {
        packs[name] = try String(contentsOf: settings.files.appending(path: name), encoding: .utf8)
      }
      self.packs = packs
    } catch {
      throw SandboxError(
        code: .files, cause: "The pages in \(settings.files.path) cannot be read: \(error).",
        remedy: "Point to the folder trial/sandbox of a complete checkout.")
    }
    for page in PageTemplate.allCases where templates.getTemplate(named: page.rawValue) == nil {
      throw SandboxError(
        code: .files, cause: "\(settings.files.path) has no \(page.rawValue).mustache.",
        remedy: "Point to the folder trial/sandbox of a complete checkout.")
    }
  }

  /// The server: run it in a `ServiceGroup`, or test it with HummingbirdTesting.
  /// - Parameter onListening: called once the port is open.
  public func makeApplication(
    onListening: @escaping @Sendable () async -> Void = {}
  ) -> some ApplicationProtocol {
    var logger = logger
    logger.logLevel = max(logger.logLevel, .notice)
    return Application(
      router: makeRouter(),
      configuration: .init(
        address: .hostname(settings.listenHost, port: settings.listenPort), serverName: "Mastodon"),
      services: [courier],
      onServerRunning: { [port] channel in
        port.open(channel.localAddress?.port)
        await onListening()
      }, logger: logger)
  }

  /// All endpoints.
  public func makeRouter() -> Router<BasicRequestContext> {
    let routes = RouteTable(sandbox: self)
    addAppRoutes(routes)
    addOAuthRoutes(routes)
    addAccountRoutes(routes)
    addRelationRoutes(routes)
    addInstanceRoutes(routes)
    addWellKnownRoutes(routes)
    addAdminRoutes(routes)
    addReportRoutes(routes)
    addSignInRoutes(routes)
    addWebRoutes(routes)
    addControlRoutes(routes)
    return routes.router
  }

  /// Where it is reached. With port 0 in the settings the real one stands here once the server listens.
  public var url: URL { URL(string: base) ?? settings.baseURL }

  /// The base address without a slash at its end.
  var base: String {
    var text = settings.baseURL.absoluteString
    if settings.baseURL.port == 0, let port = port.value { text.replace(":0", with: ":\(port)") }
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  /// WEB_DOMAIN: host, and port where it is not the scheme's own.
  var webDomain: String { base.split(separator: "/").last.map(String.init) ?? base }

  /// Domains that mean this server behind an `@`.
  var localDomains: [String] { [settings.domain.lowercased(), webDomain.lowercased()] }
}

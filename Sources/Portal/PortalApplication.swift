// SPDX-License-Identifier: AGPL-3.0-or-later

public import Accounts
public import Credentials
public import Directory
import Foundation
import HTTPTypes
public import Hummingbird
public import Logging

/// The portal: pages, API and webhooks behind nginx, on a host of its own.
public struct PortalApplication: Sendable {
  private let accounts: Accounts
  private let settings: PortalSettings
  private let clock: WallClock
  private let random: RandomBytes
  private let metrics: PrometheusMetrics?

  /// - Parameter metrics: what `/metrics` shows; the same that the program measures with.
  public init(
    accounts: Accounts, settings: PortalSettings, clock: @escaping WallClock = systemClock,
    random: RandomBytes = .system, metrics: PrometheusMetrics? = nil
  ) {
    self.accounts = accounts
    self.settings = settings
    self.metrics = metrics
    self.clock = clock
    self.random = random
  }

  /// All routes, for the application and for tests.
  /// - Throws: if templates, assets or words cannot be read.
  public func router() throws -> Router<PortalContext> {
    let assets = try Assets(share: settings.share)
    let pages = try PageRenderer(settings: settings, assets: assets)
    let cookies = SessionCookie(isSecure: settings.isSecure)
    let writes = WriteGuard(accounts: accounts)
    let router = Router(context: PortalContext.self, options: .autoGenerateHeadEndpoints)
    router.addMiddleware {
      RequestLog(trustedProxies: settings.trustedProxies, random: random)
      SecurityHeaders(settings: settings)
      SessionMiddleware(accounts: accounts, cookies: cookies)
      ErrorEdge(pages: pages) { accounts.csrfToken(for: $0) }
      RateLimit(
        limiter: RateLimiter(.init(burst: 240, perSecond: 8)),
        signIns: RateLimiter(.init(burst: Double(settings.signInBurst), perSecond: 0.1)))
      OriginCheck(origin: settings.origin, exempt: [MastodonWebhook.path])
    }
    assets.add(to: router)
    Health(accounts: accounts).add(to: router)
    SignInPages(accounts: accounts, pages: pages, cookies: cookies, writes: writes).add(to: router)
    DevicePages(accounts: accounts, pages: pages, writes: writes, clock: clock).add(to: router)
    AddDevicePages(
      accounts: accounts, pages: pages, writes: writes, clock: clock, random: random, spent: SpentTokens()
    ).add(to: router)
    SettingsPages(accounts: accounts, pages: pages, writes: writes).add(to: router)
    try API(accounts: accounts, pages: pages, writes: writes, cookies: cookies).add(to: router)
    MastodonWebhook(accounts: accounts).add(to: router)
    if let metrics { MetricsPage(accounts: accounts, metrics: metrics).add(to: router) }
    router.refuseOtherMethods()
    return router
  }

  /// The service that the daemon runs.
  public func application(log: Logger) throws -> some ApplicationProtocol {
    Application(
      router: try router(),
      configuration: ApplicationConfiguration(
        address: .hostname(settings.listenHost, port: settings.listenPort), serverName: nil), logger: log)
  }
}

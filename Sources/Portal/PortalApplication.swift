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
  private let files: PortalFiles?

  /// - Parameters:
  ///   - metrics: what `/metrics` shows; the same that the program measures with.
  ///   - files: of the share folder; `nil` to read them when the routes are made.
  public init(
    accounts: Accounts, settings: PortalSettings, clock: @escaping WallClock = systemClock,
    random: RandomBytes = .system, metrics: PrometheusMetrics? = nil, files: PortalFiles? = nil
  ) {
    self.accounts = accounts
    self.settings = settings
    self.metrics = metrics
    self.clock = clock
    self.random = random
    self.files = files
  }

  /// All routes, for the application and for tests.
  /// - Throws: if templates, assets or words cannot be read.
  public func router() throws -> Router<PortalContext> { try routes().router }

  func routes() throws -> Routes {
    let files = try files ?? PortalFiles(share: settings.share)
    let waiting = WaitingCounts(accounts: accounts, clock: clock)
    let pages = PageRenderer(
      settings: settings, files: files, csrf: { accounts.csrfToken(for: $0) },
      waiting: { waiting.count(for: $0.account.id) })
    let cookies = SessionCookie(isSecure: settings.isSecure)
    let router = Router(context: PortalContext.self, options: .autoGenerateHeadEndpoints)
    router.addMiddleware {
      RequestLog(trustedProxies: settings.trustedProxies, random: random)
      SecurityHeaders(settings: settings)
      SessionMiddleware(accounts: accounts, cookies: cookies)
      ErrorEdge(pages: pages)
      RateLimit(limiter: RateLimiter(.init(burst: Double(settings.requestBurst), perSecond: 8)))
      waiting
    }
    let gate = Gate(
      accounts: accounts, origin: settings.origin, homeOrigin: settings.homeServerOrigin,
      // Each sign-in costs the home server several requests.
      limits: [
        .signIn: RateLimiter(.init(burst: Double(settings.signInBurst), perSecond: 0.1)),
        .provision: RateLimiter(.init(burst: 30, perSecond: 0.1)),
        // Each costs the home server two requests, and each browser needs one in ten minutes; many may share an address.
        .askTicket: RateLimiter(.init(burst: 120, perSecond: 1)),
        .openWebSession: RateLimiter(.init(burst: 300, perSecond: 4)),
      ])
    let routes = Routes(router: router, gate: gate)
    files.assets.add(to: routes)
    let words = try JSONDocument.encode(pages.words.section("client", pages.values(for: nil)))
    let web = try WebTree(folder: settings.web, words: ["client": words])
    try ClientPage(pages: pages, web: web).add(to: routes)
    try EmbedFiles(
      web: web, words: pages.words, fill: pages.values(for: nil), hasCalls: settings.calls != nil
    ).add(to: routes)
    Health(accounts: accounts).add(to: routes)
    SignInPages(accounts: accounts, pages: pages, cookies: cookies, clock: clock).add(to: routes)
    DevicePages(accounts: accounts, pages: pages, clock: clock).add(to: routes)
    AddDevicePages(accounts: accounts, pages: pages, clock: clock, random: random, spent: SpentTokens())
      .add(to: routes)
    ContactPages(accounts: accounts, pages: pages).add(to: routes)
    FindPeoplePages(accounts: accounts, pages: pages).add(to: routes)
    AskPages(accounts: accounts, pages: pages, random: random, spent: SpentTokens()).add(to: routes)
    RequestPages(accounts: accounts, pages: pages, waiting: waiting).add(to: routes)
    ReportPages(accounts: accounts, pages: pages).add(to: routes)
    PrivacyPages(accounts: accounts, pages: pages).add(to: routes)
    SettingsPages(pages: pages).add(to: routes)
    for service in settings.services {
      SwitchPages(service: service, accounts: accounts, pages: pages).add(to: routes)
    }
    if let calls = settings.calls {
      CallPages(accounts: accounts, pages: pages, calls: calls).add(to: routes)
      ProvisioningLink(accounts: accounts, pages: pages, calls: calls).add(to: routes)
    }
    try API(accounts: accounts, pages: pages, cookies: cookies).add(to: routes)
    TicketDesk(accounts: accounts, pages: pages).add(to: routes)
    MastodonWebhook(accounts: accounts).add(to: routes)
    if let metrics { MetricsPage(accounts: accounts, metrics: metrics).add(to: routes) }
    routes.refuseOtherMethods()
    return routes
  }

  /// The service that the daemon runs.
  public func application(log: Logger) throws -> some ApplicationProtocol {
    Application(
      router: try router(),
      configuration: ApplicationConfiguration(
        address: .hostname(settings.listenHost, port: settings.listenPort), serverName: nil), logger: log)
  }
}

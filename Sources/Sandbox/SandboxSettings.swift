// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation

/// How one sandbox home server is set up.
public struct SandboxSettings: Sendable {
  /// What stands behind the `@` of its members: Mastodon's LOCAL_DOMAIN.
  public var domain: String
  /// Where browsers and apps reach it: scheme, WEB_DOMAIN and port, without a path. Port 0 stands for the port
  /// that it gets when it listens on any free one.
  public var baseURL: URL
  /// The address to listen on; always loopback.
  public var listenHost: String
  /// The port to listen on; 0 takes any free one.
  public var listenPort: Int
  /// The folder of its templates and style sheets (`trial/sandbox` of the checkout).
  public var files: URL
  /// Where its state is kept between runs; nil keeps it in memory only.
  public var stateFolder: URL?
  /// Guards `/sandbox/…`; nil makes a random one.
  public var controlToken: String?
  /// The one password of all seeded members. Public on purpose: it stands on the sign-in page.
  public var password: String
  /// How often anybody may ask.
  public var limits: SandboxLimits
  /// Who may read `/api/v1/instance/domain_blocks`.
  public var domainBlocksShown: DomainBlocksShown
  /// Where webhooks go from the first start on; nil sends none until the control API names a place.
  public var webhook: SandboxWebhook?
  /// How long to wait before each further try of a webhook; the count is the number of retries.
  public var webhookRetryDelays: [Duration]

  /// Mastodon's setting "show domain blocks".
  public enum DomainBlocksShown: String, Sendable, Codable, CaseIterable {
    case disabled, users, all
  }

  public init(
    domain: String, baseURL: URL, files: URL, listenHost: String = "127.0.0.1", listenPort: Int = 8481,
    stateFolder: URL? = nil, controlToken: String? = nil, password: String = SandboxSettings.trialPassword,
    limits: SandboxLimits = .mastodon, domainBlocksShown: DomainBlocksShown = .users,
    webhook: SandboxWebhook? = nil, webhookRetryDelays: [Duration] = SandboxSettings.mastodonRetryDelays
  ) {
    self.domain = domain
    self.baseURL = baseURL
    self.files = files
    self.listenHost = listenHost
    self.listenPort = listenPort
    self.stateFolder = stateFolder
    self.controlToken = controlToken
    self.password = password
    self.limits = limits
    self.domainBlocksShown = domainBlocksShown
    self.webhook = webhook
    self.webhookRetryDelays = webhookRetryDelays
  }

  /// The documented password of every seeded member.
  public static let trialPassword = "fediverse-trial"

  /// The documented secret of `dave`'s second factor (RFC 6238, base32; six digits, 30 seconds, SHA-1).
  public static let trialTOTPSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

  /// Mastodon's 16 retries, after the usual formula of its job queue (count⁴ + 15 s).
  public static let mastodonRetryDelays: [Duration] = (0..<16).map { .seconds($0 * $0 * $0 * $0 + 15) }
}

/// How often anybody may ask: Mastodon's throttles that matter here. Zero means no limit.
public struct SandboxLimits: Sendable, Codable, Equatable {
  /// Requests to `/api` in five minutes with one token.
  public var perToken: Int
  /// Requests to `/api` in five minutes by one member, all tokens together.
  public var perMember: Int
  /// Requests to `/api` in five minutes from one address without a token.
  public var perAddress: Int
  /// App registrations in ten minutes from one address.
  public var appsPerAddress: Int
  /// Sign-in attempts in five minutes from one address.
  public var signInsPerAddress: Int

  public init(perToken: Int, perMember: Int, perAddress: Int, appsPerAddress: Int, signInsPerAddress: Int) {
    self.perToken = perToken
    self.perMember = perMember
    self.perAddress = perAddress
    self.appsPerAddress = appsPerAddress
    self.signInsPerAddress = signInsPerAddress
  }

  /// What Mastodon 4.6 allows.
  public static let mastodon = SandboxLimits(
    perToken: 300, perMember: 1500, perAddress: 300, appsPerAddress: 5, signInsPerAddress: 25)

  /// No limits at all: for load tests.
  public static let none = SandboxLimits(
    perToken: 0, perMember: 0, perAddress: 0, appsPerAddress: 0, signInsPerAddress: 0)
}

/// Where webhooks go, as an admin would enter it in Mastodon.
public struct SandboxWebhook: Sendable, Codable, Equatable {
  public var url: String
  /// The key of the signature; shown once to whoever receives the webhooks.
  public var secret: String
  /// Which events are sent.
  public var events: [String]

  public init(
    url: String, secret: String,
    events: [String] = ["account.approved", "account.created", "account.updated"]
  ) {
    self.url = url
    self.secret = secret
    self.events = events
  }
}

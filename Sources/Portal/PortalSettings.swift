// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
public import Foundation

/// What the portal needs to know of the site.
public struct PortalSettings: Sendable {
  /// How apps for calls reach the SIP server.
  public struct Calls: Sendable, Equatable {
    public let host: String
    /// For TLS.
    public let port: Int
    /// For UDP and TCP; `nil` where nothing may be unencrypted.
    public let cleartextPort: Int?
    /// How long calls stay in members' histories; 0: there are none.
    public let historyDays: Int

    public init(host: String, port: Int, cleartextPort: Int?, historyDays: Int = 30) {
      self.host = host
      self.port = port
      self.cleartextPort = cleartextPort
      self.historyDays = historyDays
    }
  }

  /// The home server's LOCAL_DOMAIN: what stands behind the @.
  public let domain: String
  /// The home server's pages.
  public let homeServer: URL
  /// The portal itself, as browsers see it.
  public let portal: URL
  public let listenHost: String
  public let listenPort: Int
  /// IP addresses of proxies whose X-Forwarded-For is believed.
  public let trustedProxies: Set<String>
  /// Where the templates, assets and words are.
  public let share: URL
  /// Where the files are that run in browsers: the chat client and what the home server's pages load.
  public let web: URL
  /// Where uploaded files lie, as browsers see it.
  public let uploads: URL
  /// What an app connects to if it asks.
  public let connectHost: String
  public let connectPort: Int
  public let archiveDays: Int
  public let uploadDays: Int
  public let deviceLimit: Int
  /// `nil` on a site without calls.
  public var calls: Calls?
  /// Whether chat can be opened on the home server's own pages.
  public let isEmbedded: Bool
  /// How many requests one address may send in a row; then eight a second.
  public var requestBurst = 240
  /// How many sign-ins one address may begin in a row; then one in ten seconds. Many people may share an address.
  public var signInBurst = 100

  public init(
    domain: String, homeServer: URL, portal: URL, listenHost: String, listenPort: Int,
    trustedProxies: Set<String>, share: URL, web: URL, uploads: URL, connectHost: String, connectPort: Int,
    archiveDays: Int, uploadDays: Int, deviceLimit: Int, calls: Calls? = nil,
    isEmbedded: Bool = false
  ) {
    self.domain = domain
    self.homeServer = homeServer
    self.portal = portal
    self.listenHost = listenHost
    self.listenPort = listenPort
    self.trustedProxies = trustedProxies
    self.share = share
    self.web = web
    self.uploads = uploads
    self.connectHost = connectHost
    self.connectPort = connectPort
    self.archiveDays = archiveDays
    self.uploadDays = uploadDays
    self.deviceLimit = deviceLimit
    self.calls = calls
    self.isEmbedded = isEmbedded
  }

  /// What the site offers, in the order in which members see it.
  var services: [Service] { calls == nil ? [.xmpp] : [.xmpp, .sip] }
  var isSecure: Bool { portal.scheme == "https" }
  /// As a browser's Origin header writes it (RFC 6454, section 6.2).
  var origin: String { Self.origin(of: portal) }
  var homeServerOrigin: String { Self.origin(of: homeServer) }
  var uploadOrigin: String { Self.origin(of: uploads) }
  /// Ours for WebSockets: https becomes wss.
  var webSocketOrigin: String { origin.replacing("http", with: "ws", maxReplacements: 1) }

  private static func origin(of url: URL) -> String {
    let port = url.port.map { ($0 == 443 && url.scheme == "https") ? "" : ":\($0)" } ?? ""
    return "\(url.scheme ?? "https")://\(url.host() ?? "")\(port)"
  }
}

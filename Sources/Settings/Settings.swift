// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation

/// The configuration of everything, checked.
public struct Settings: Sendable, Equatable {
  public struct HomeServer: Sendable, Equatable {
    public let url: URL
    public let connectAddress: String?
    public let caFile: URL?
    public let adminTokenFile: URL?
    public let webhookSecretFile: URL?
    /// In seconds.
    public let pollInterval: Int
    /// `nil`: its pages let no browser in.
    public let webAppID: String?
  }

  public struct Portal: Sendable, Equatable {
    public let url: URL
    public let listenHost: String
    public let listenPort: Int
    public let trustedProxies: [String]
  }

  public struct Nginx: Sendable, Equatable {
    public let httpsPort: Int
    public let certificate: URL?
    public let certificateKey: URL?
    public let homeServerUpstream: String?
  }

  public struct XMPP: Sendable, Equatable {
    public let roomsHost: String
    public let uploadURL: URL
    public let interfaces: [String]
    public let c2sPort: Int
    public let c2sDirectTLSPort: Int
    public let s2sPort: Int
    public let s2sDirectTLSPort: Int
    public let httpPort: Int
    /// On loopback, for the daemon's own connection.
    public let componentPort: Int
    public let componentSecretFile: URL
    public let certificate: URL
    public let certificateKey: URL
    /// A folder; `projection.sqlite` is in it.
    public let projection: URL
    public let engineState: URL
    public let uploadSizeMB: Int
    public let uploadQuotaMB: Int
    public let uploadRetentionDays: Int
    public let archiveRetentionDays: Int
    /// Where people can write to about the site: `mailto:`, `xmpp:` and `https:` addresses.
    public let contacts: [String]
  }

  /// Kamailio.
  public struct SIP: Sendable, Equatable {
    public let interfaces: [String]
    /// Where this machine is behind NAT, what the world sees.
    public let advertisedAddress: String?
    /// Whether UDP and TCP without TLS are open.
    public let cleartext: Bool
    public let port: Int
    public let tlsPort: Int
    /// On loopback.
    public let websocketPort: Int
    /// On loopback.
    public let controlPort: Int
    public let certificate: URL
    public let certificateKey: URL
    /// A folder; `projection.sqlite` is in it.
    public let projection: URL
    public let engineState: URL
    public let controlTokenFile: URL
    /// How long calls stay in members' histories; 0: there are none.
    public let historyDays: Int
    /// Whether members can call SIP addresses of other domains.
    public let callsOtherDomains: Bool
  }

  /// rtpengine.
  public struct Media: Sendable, Equatable {
    public let interfaces: [String]
    /// As ``SIP/advertisedAddress``.
    public let advertisedAddress: String?
    public let ports: ClosedRange<Int>
    /// UDP, on loopback.
    public let ngPort: Int
    /// On loopback.
    public let httpPort: Int
    public let engineState: URL
  }

  /// coturn.
  public struct TURN: Sendable, Equatable {
    public let interfaces: [String]
    /// As ``SIP/advertisedAddress``.
    public let advertisedAddress: String?
    public let port: Int
    public let tlsPort: Int
    public let ports: ClosedRange<Int>
    public let secretFile: URL
    /// On loopback.
    public let controlPort: Int
    public let controlPasswordFile: URL
    public let certificate: URL
    public let certificateKey: URL
    public let engineState: URL
  }

  public let domain: String
  public let state: URL
  public let keyFile: URL
  public let homeServer: HomeServer
  public let portal: Portal
  public let nginx: Nginx
  public let xmpp: XMPP
  /// `nil` where calls are off.
  public let sip: SIP?
  /// `nil` where calls are off.
  public let media: Media?
  /// `nil` where TURN is off.
  public let turn: TURN?
  /// `nil` where nothing is asked of other domains.
  public let discovery: Discovery?
  public let deviceLimit: Int
  public let webSessionMinutes: Int
  public let logLevel: String
  public let logsJSON: Bool

  public init(_ file: SettingsFile) {
    // Every value has passed its check and every required key is there, so what is missing is optional.
    func text(_ key: String) -> String? { file.values(key).first }
    func number(_ key: String) -> Int { text(key).flatMap { Int($0) } ?? 0 }
    func path(_ key: String) -> URL? { text(key).map { URL(filePath: $0) } }
    func needed(_ key: String) -> String { text(key) ?? "" }
    func url(_ key: String) -> URL { URL(string: needed(key)) ?? URL(filePath: "/") }
    let listen = Setting.hostAndPort(needed("portal.listen")) ?? ("127.0.0.1", 8480)
    domain = needed("domain")
    state = URL(filePath: needed("state"))
    keyFile = URL(filePath: needed("key_file"))
    homeServer = HomeServer(
      url: url("home_server.url"), connectAddress: text("home_server.connect_address"),
      caFile: path("home_server.ca_file"), adminTokenFile: path("home_server.admin_token_file"),
      webhookSecretFile: path("home_server.webhook_secret_file"),
      pollInterval: number("home_server.poll_interval"), webAppID: text("home_server.web_app_id"))
    portal = Portal(
      url: url("portal.url"), listenHost: listen.host, listenPort: listen.port,
      trustedProxies: file.values("portal.trusted_proxies"))
    nginx = Nginx(
      httpsPort: number("nginx.https_port"), certificate: path("nginx.certificate"),
      certificateKey: path("nginx.certificate_key"), homeServerUpstream: text("nginx.home_server_upstream"))
    xmpp = XMPP(
      roomsHost: text("xmpp.rooms_host") ?? "rooms.\(domain)", uploadURL: url("xmpp.upload_url"),
      interfaces: file.values("xmpp.interfaces"), c2sPort: number("xmpp.c2s_port"),
      c2sDirectTLSPort: number("xmpp.c2s_direct_tls_port"), s2sPort: number("xmpp.s2s_port"),
      s2sDirectTLSPort: number("xmpp.s2s_direct_tls_port"), httpPort: number("xmpp.http_port"),
      componentPort: number("xmpp.component_port"),
      componentSecretFile: URL(filePath: needed("xmpp.component_secret_file")),
      certificate: URL(filePath: needed("xmpp.certificate")),
      certificateKey: URL(filePath: needed("xmpp.certificate_key")),
      projection: URL(filePath: needed("xmpp.projection")),
      engineState: URL(filePath: needed("xmpp.engine_state")), uploadSizeMB: number("xmpp.upload_size_mb"),
      uploadQuotaMB: number("xmpp.upload_quota_mb"),
      uploadRetentionDays: number("xmpp.upload_retention_days"),
      archiveRetentionDays: number("xmpp.archive_retention_days"), contacts: file.values("xmpp.contact"))
    sip = SIP(file)
    media = Media(file)
    turn = TURN(file)
    discovery = Discovery(file)
    deviceLimit = number("devices.limit")
    webSessionMinutes = number("web_sessions.lease_minutes")
    logLevel = needed("log.level")
    logsJSON = text("log.format") == "json"
  }
}

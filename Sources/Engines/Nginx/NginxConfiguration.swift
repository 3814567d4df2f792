// SPDX-License-Identifier: AGPL-3.0-or-later

/// What nginx needs to know to serve Trunkline's hosts.
///
/// The trial and a real site render the same templates (`share/nginx/`); they differ in these values only.
public struct NginxConfiguration: Sendable, Hashable {
  /// The home server's host, when this nginx serves it too: the trial does, a real site has its own.
  public struct HomeServer: Sendable, Hashable {
    /// The host name of the home server's pages (WEB_DOMAIN).
    public var host: String
    /// Where the home server answers without TLS, such as `http://127.0.0.1:3000`.
    public var upstream: String

    public init(host: String, upstream: String) {
      self.host = host
      self.upstream = upstream
    }
  }

  /// The addresses to listen at, such as `127.0.0.1` or `::`.
  public var interfaces: [String]
  /// The port of TLS, the same for all hosts.
  public var httpsPort: Int
  /// The PEM file of the certificate with its chain; it must name all hosts.
  public var certificate: String
  /// The PEM file of the certificate's key.
  public var certificateKey: String
  /// The home server, if it is served here.
  public var homeServer: HomeServer?
  /// The host name of the portal.
  public var portalHost: String
  /// Where the daemon answers, such as `http://127.0.0.1:8480`.
  public var portalUpstream: String
  /// The host name of uploaded files.
  public var uploadHost: String
  /// The largest upload, in megabytes.
  public var uploadSizeMegabytes: Int
  /// Where the chat engine's HTTP port answers, such as `http://127.0.0.1:5280`.
  public var xmppUpstream: String
  /// Where Kamailio's WebSocket answers, if there are calls.
  public var sipUpstream: String?

  public init(
    interfaces: [String], httpsPort: Int, certificate: String, certificateKey: String,
    homeServer: HomeServer? = nil, portalHost: String, portalUpstream: String, uploadHost: String,
    uploadSizeMegabytes: Int, xmppUpstream: String, sipUpstream: String? = nil
  ) {
    self.interfaces = interfaces
    self.httpsPort = httpsPort
    self.certificate = certificate
    self.certificateKey = certificateKey
    self.homeServer = homeServer
    self.portalHost = portalHost
    self.portalUpstream = portalUpstream
    self.uploadHost = uploadHost
    self.uploadSizeMegabytes = uploadSizeMegabytes
    self.xmppUpstream = xmppUpstream
    self.sipUpstream = sipUpstream
  }

  /// The only origin whose pages may open the chat's WebSocket, as a browser writes it (RFC 6454, section 6.2).
  public var portalOrigin: String {
    httpsPort == 443 ? "https://\(portalHost)" : "https://\(portalHost):\(httpsPort)"
  }
}

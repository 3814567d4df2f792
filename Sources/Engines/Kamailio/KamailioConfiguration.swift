// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials

/// What Kamailio needs to know. It holds no secret: of the daemon's token only the hash is written.
public struct KamailioConfiguration: Sendable, Equatable {
  public struct Ports: Sendable, Hashable {
    /// UDP and TCP without TLS, where they are open.
    public var sip: Int
    public var tls: Int
    /// On loopback, behind nginx.
    public var webSocket: Int
    /// On loopback, for the daemon.
    public var control: Int
    /// Where rtpengine takes orders, on loopback.
    public var media: Int

    public init(sip: Int, tls: Int, webSocket: Int, control: Int, media: Int) {
      self.sip = sip
      self.tls = tls
      self.webSocket = webSocket
      self.control = control
      self.media = media
    }
  }

  public struct Places: Sendable, Hashable {
    /// The folder of the configuration's parts that come with Trunkline.
    public var routes: String
    /// Where the rendered `tls.cfg` lies.
    public var tlsConfiguration: String
    public var certificate: String
    public var certificateKey: String
    /// The folder that `projection.sqlite` is in.
    public var projection: String
    /// Kamailio's own folder.
    public var state: String

    public init(
      routes: String, tlsConfiguration: String, certificate: String, certificateKey: String,
      projection: String,
      state: String
    ) {
      self.routes = routes
      self.tlsConfiguration = tlsConfiguration
      self.certificate = certificate
      self.certificateKey = certificateKey
      self.projection = projection
      self.state = state
    }
  }

  /// How members call addresses of other domains.
  public struct OtherDomains: Sendable, Hashable {
    /// A PEM file with the authorities whose certificates are believed.
    public var authorities: String
    /// Whether they may be at private addresses and on this machine; for trials only.
    public var allowsPrivate: Bool

    public init(authorities: String, allowsPrivate: Bool = false) {
      self.authorities = authorities
      self.allowsPrivate = allowsPrivate
    }
  }

  /// What stands behind the @ of every address; the realm, too.
  public var domain: String
  public var interfaces: [String]
  /// Where this machine is behind NAT, what phones are told instead of an interface of the same kind.
  public var advertisedAddress: String?
  /// Whether UDP and TCP without TLS are open.
  public var cleartext: Bool
  public var ports: Ports
  public var places: Places
  /// The only Origin whose pages may open a WebSocket.
  public var webOrigin: String
  public var controlToken: Secret
  public var deviceLimit: Int
  /// Requests that an address which never proved a password may send in two seconds.
  public var sourceLimit: Int
  /// Wrong passwords that are answered in a minute, for each address and for each name.
  public var guessLimit: Int
  public var capacity: MachineCapacity
  /// `nil`: other domains cannot be called.
  public var otherDomains: OtherDomains?

  public init(
    domain: String, interfaces: [String], advertisedAddress: String? = nil, cleartext: Bool, ports: Ports,
    places: Places, webOrigin: String, controlToken: Secret, deviceLimit: Int, sourceLimit: Int = 60,
    guessLimit: Int = 10, capacity: MachineCapacity, otherDomains: OtherDomains? = nil
  ) {
    self.domain = domain
    self.interfaces = interfaces
    self.advertisedAddress = advertisedAddress
    self.cleartext = cleartext
    self.ports = ports
    self.places = places
    self.webOrigin = webOrigin
    self.controlToken = controlToken
    self.deviceLimit = deviceLimit
    self.sourceLimit = sourceLimit
    self.guessLimit = guessLimit
    self.capacity = capacity
    self.otherDomains = otherDomains
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation
import Mustache

/// Everything that Prosody's configuration file depends on.
public struct ProsodyConfiguration: Sendable, Equatable {
  /// Where people may write to about this server (XEP-0157).
  public struct Contact: Sendable, Equatable {
    /// One of XEP-0157's kinds: `admin`, `abuse`, `support`, `security`, …
    public let kind: String
    /// `mailto:`, `xmpp:` or `https:` addresses.
    public let addresses: [String]

    public init(kind: String, addresses: [String]) {
      self.kind = kind
      self.addresses = addresses
    }
  }

  public struct Ports: Sendable, Equatable {
    public let c2s: Int
    public let c2sDirectTLS: Int
    public let s2s: Int
    public let s2sDirectTLS: Int
    /// On loopback only, for nginx and for the metrics.
    public let http: Int
    /// On loopback only, for the daemon.
    public let component: Int

    public init(c2s: Int, c2sDirectTLS: Int, s2s: Int, s2sDirectTLS: Int, http: Int, component: Int) {
      self.c2s = c2s
      self.c2sDirectTLS = c2sDirectTLS
      self.s2s = s2s
      self.s2sDirectTLS = s2sDirectTLS
      self.http = http
      self.component = component
    }
  }

  public struct Uploads: Sendable, Equatable {
    /// What clients see; its host is also the service's XMPP address.
    public let url: URL
    /// Of one file, in bytes.
    public let size: Int
    /// Of all that one member has stored, in bytes.
    public let quota: Int
    /// In days.
    public let retention: Int

    public init(url: URL, size: Int, quota: Int, retention: Int) {
      self.url = url
      self.size = size
      self.quota = quota
      self.retention = retention
    }
  }

  /// Where apps that call by Jingle find STUN and TURN (XEP-0215).
  public struct Turn: Sendable, Equatable {
    /// The name or address that clients reach coturn at.
    public let host: String
    /// UDP and TCP.
    public let port: Int
    /// TLS; `nil` if coturn does not serve it.
    public let tlsPort: Int?
    /// A file with the secret that coturn has too; Prosody's user must be able to read it.
    public let secretFile: URL

    public init(host: String, port: Int, tlsPort: Int?, secretFile: URL) {
      self.host = host
      self.port = port
      self.tlsPort = tlsPort
      self.secretFile = secretFile
    }
  }

  public struct Places: Sendable, Equatable {
    /// The folder of the modules that come with Trunkline.
    public let modules: URL
    /// The folder that `projection.sqlite` is in.
    public let projection: URL
    /// Prosody's own folder: `data`, `run`, `observations.sqlite`.
    public let state: URL
    public let certificate: URL
    public let certificateKey: URL
    /// A file with the secret of the daemon's own connection; Prosody's user must be able to read it.
    public let componentSecret: URL

    public init(
      modules: URL, projection: URL, state: URL, certificate: URL, certificateKey: URL, componentSecret: URL
    ) {
      self.modules = modules
      self.projection = projection
      self.state = state
      self.certificate = certificate
      self.certificateKey = certificateKey
      self.componentSecret = componentSecret
    }
  }

  /// What stands behind the @ of every address.
  public let domain: String
  public let roomsHost: String
  /// The portal: WebSockets are reached at its host.
  public let portal: URL
  /// Addresses that other servers and apps reach us at.
  public let interfaces: [String]
  public let ports: Ports
  public let uploads: Uploads
  /// How long messages are archived, in days.
  public let archiveRetention: Int
  /// How many devices a member may have; every refusal takes as long as it takes to try so many.
  public let deviceLimit: Int
  /// Of SCRAM, the same for everybody.
  public let iterations: Int
  /// `debug`, `info`, `warn` or `error`.
  public let logLevel: String
  public let contacts: [Contact]
  /// `nil`: no service is announced.
  public let turn: Turn?
  public let places: Places

  public init(
    domain: String, roomsHost: String, portal: URL, interfaces: [String], ports: Ports, uploads: Uploads,
    archiveRetention: Int, deviceLimit: Int, iterations: Int, logLevel: String, contacts: [Contact] = [],
    turn: Turn? = nil, places: Places
  ) {
    self.domain = domain
    self.roomsHost = roomsHost
    self.portal = portal
    self.interfaces = interfaces
    self.ports = ports
    self.uploads = uploads
    self.archiveRetention = archiveRetention
    self.deviceLimit = deviceLimit
    self.iterations = iterations
    self.logLevel = logLevel
    self.contacts = contacts
    self.turn = turn
    self.places = places
  }
}

extension ProsodyConfiguration {
  /// The XMPP address of the daemon itself (XEP-0114).
  public static func componentHost(of domain: String) -> String { "trunkline.\(domain)" }

  private static let day = 86_400

  /// The text of `prosody.cfg.lua`.
  ///
  /// - Parameter template: the text of `prosody.cfg.lua.mustache`.
  /// - Throws: ``EngineError`` `configuration` if the template is not of this version, or an address has no host.
  public func render(template: String) throws(EngineError) -> String {
    let values = try self.values()
    // Mustache writes nothing for a name it does not know, and Prosody would take a default for it: refuse.
    for match in template.matches(of: #/\{\{([A-Za-z0-9]+)\}\}/#) where values[String(match.1)] == nil {
      guard match.1 == "kind" else { throw Self.strange(template: String(match.1)) }
    }
    let parsed: MustacheTemplate
    do {
      parsed = try MustacheTemplate(string: template)
    } catch {
      throw Self.strange(template: "\(error)")
    }
    return parsed.render(values)
  }

  private func values() throws(EngineError) -> [String: Any] {
    guard let uploadHost = uploads.url.host(), let portalHost = portal.host() else {
      throw EngineError(
        .configuration, cause: "The address of the portal or of the uploads names no host.",
        remedy: "Write both in full, as in https://chat.example.social.")
    }
    let data = places.state.appending(path: "data")
    func text(_ text: String) -> String { LuaLiteral(text).description }
    func path(_ url: URL) -> String { text(url.path(percentEncoded: false)) }
    func number(_ number: Int) -> String { LuaLiteral(number).description }
    return [
      "domain": text(domain), "roomsHost": text(roomsHost), "uploadHost": text(uploadHost),
      "httpHost": text(portalHost), "httpURL": text(Self.root(portal)),
      "uploadHTTPHost": text(uploadHost), "uploadURL": text(Self.root(uploads.url)),
      "interfaces": interfaces.map(text),
      "c2sPort": number(ports.c2s), "c2sDirectTLSPort": number(ports.c2sDirectTLS),
      "s2sPort": number(ports.s2s), "s2sDirectTLSPort": number(ports.s2sDirectTLS),
      "httpPort": number(ports.http), "componentPort": number(ports.component),
      "componentHost": text(Self.componentHost(of: domain)),
      "componentSecretFile": path(places.componentSecret),
      "uploadSize": number(uploads.size), "uploadQuota": number(uploads.quota),
      "uploadRetention": number(uploads.retention * Self.day),
      "archiveRetention": number(archiveRetention * Self.day),
      "deviceLimit": number(deviceLimit), "iterations": number(iterations), "logLevel": text(logLevel),
      "hasContacts": !contacts.isEmpty,
      "contacts": contacts.map {
        ["kind": text($0.kind), "addresses": $0.addresses.map(text)] as [String: Any]
      },
      "hasTurn": turn != nil, "hasTurnTLS": turn?.tlsPort != nil,
      "turnHost": text(turn?.host ?? ""), "turnPort": number(turn?.port ?? 0),
      "turnTLSPort": number(turn?.tlsPort ?? 0),
      "turnSecretFile": turn.map { path($0.secretFile) } ?? text(""),
      "data": path(data), "archive": path(data.appending(path: "archive.sqlite")),
      "decoyKey": path(data.appending(path: "decoy.key")),
      "pidFile": path(places.state.appending(path: "run/prosody.pid")),
      "socket": path(places.state.appending(path: "run/trunkline.sock")),
      "observations": path(places.state.appending(path: "observations.sqlite")),
      "projection": path(places.projection.appending(path: "projection.sqlite")),
      "modules": path(places.modules),
      "certificate": path(places.certificate), "certificateKey": path(places.certificateKey),
    ]
  }

  /// The address with nothing but a slash for its path.
  private static func root(_ url: URL) -> String {
    let port = url.port.map { ":\($0)" } ?? ""
    return "\(url.scheme ?? "https")://\(url.host() ?? "")\(port)/"
  }

  private static func strange(template detail: String) -> EngineError {
    EngineError(
      .configuration, cause: "Prosody's configuration template does not fit this program (\(detail)).",
      remedy: "Install Trunkline again: its program and its share folder must be of one version.")
  }
}

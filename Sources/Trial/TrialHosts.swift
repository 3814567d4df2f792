// SPDX-License-Identifier: AGPL-3.0-or-later

/// The host names of a trial.
public struct TrialHosts: Sendable, Hashable {
  /// What stands behind the @; the home server's pages, too.
  public let domain: String

  public init(domain: String) { self.domain = domain }

  /// Every name below `localhost` is this machine (RFC 6761, section 6.3).
  public static let loopback = TrialHosts(domain: "social.localhost")

  public var homeServer: String { domain }
  public var portal: String { "chat.\(domain)" }
  public var uploads: String { "upload.\(domain)" }
  public var rooms: String { "rooms.\(domain)" }

  /// Each name once.
  var all: [String] { [domain, portal, uploads, rooms] }

  public func url(_ host: String, ports: PortPlan) -> String { "https://\(host):\(ports[.https])" }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// The host names of the trial. Every name below `localhost` is this machine (RFC 6761, section 6.3).
public enum TrialHosts {
  public static let domain = "social.localhost"
  public static let homeServer = "social.localhost"
  public static let portal = "chat.social.localhost"
  public static let uploads = "upload.social.localhost"
  public static let rooms = "rooms.social.localhost"

  public static func url(_ host: String, ports: PortPlan) -> String { "https://\(host):\(ports[.https])" }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// Somebody, or a whole server, whom a member does not want to hear from, and who said so.
public struct Block: Sendable, Hashable {
  /// Where a block was made. One that came from the home server leaves with the home server's; one that was made
  /// in an app stays.
  public enum Origin: String, Sendable, CaseIterable {
    case homeServer = "home-server"
    case homeServerAdmin = "home-server-admin"
    case app
  }

  public enum Target: Sendable, Hashable {
    /// An address, `name@domain`.
    case address(String)
    case domain(String)
  }

  public let target: Target
  public let origin: Origin

  public init(target: Target, origin: Origin) {
    self.target = target
    self.origin = origin
  }
}

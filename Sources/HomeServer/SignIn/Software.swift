// SPDX-License-Identifier: AGPL-3.0-or-later

/// What the home server runs, in the words of its NodeInfo document.
public struct Software: Sendable, Hashable, Codable, CustomStringConvertible {
  /// In lower case: `mastodon`, `gotosocial`. Forks of Mastodon mostly keep its name.
  public let name: String
  public let version: String

  public init(name: String, version: String) {
    self.name = name.printable(limit: 40).lowercased()
    self.version = version.printable(limit: 60)
  }

  public var description: String { "\(name) \(version)" }

  /// Why this software is not served; `nil` if it may be.
  public var refusal: Refused? { Self.refused.first { $0.name == name } }

  /// Software that cannot be used, and why.
  public struct Refused: Sendable, Equatable {
    public let name: String
    /// One plain sentence for the admin and for members.
    public let reason: String
  }

  /// The list. An entry needs an observation, not an opinion.
  public static let refused: [Refused] = [
    Refused(
      name: "snac",
      reason:
        "It remembers the member who signs in for the whole app and not for the one sign-in, so that one "
        + "member's sign-in can end in another member's account.")
  ]
}

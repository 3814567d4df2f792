// SPDX-License-Identifier: AGPL-3.0-or-later

/// OAuth scopes in Mastodon's words: `read:accounts`, with `read` standing for all that begin with `read:`.
public struct Scopes: Sendable, Hashable, CustomStringConvertible {
  /// In the order in which they are sent, each once.
  public let names: [String]

  public init(_ names: some Sequence<String>) {
    var seen: Set<String> = []
    self.names = names.filter { !$0.isEmpty && seen.insert($0).inserted }
  }

  /// From the form in which they travel: separated by spaces (RFC 6749, section 3.3).
  public init(text: String) { self.init(text.split(separator: " ").map(String.init)) }

  public var description: String { names.joined(separator: " ") }
  public var isEmpty: Bool { names.isEmpty }

  /// Whether whoever holds these may do all that `other` asks for.
  public func covers(_ other: Scopes) -> Bool {
    other.names.allSatisfy { wanted in
      names.contains { held in held == wanted || wanted.hasPrefix(held + ":") }
    }
  }

  public func union(_ other: Scopes) -> Scopes { Scopes(names + other.names) }

  /// What a member is asked to allow. Each purpose is asked for when it is needed, not before.
  public enum Purpose: Sendable, CaseIterable {
    /// To learn who signed in.
    case signIn
    /// To offer the people a member follows as contacts, and to honour blocks and mutes.
    case contacts
    /// To report somebody to the home server's moderators in the member's name.
    case reporting
  }

  /// The narrowest scopes for a purpose.
  /// - Parameter offered: what the server's metadata lists; `nil` where it has none. `profile` is newer than
  ///   the metadata, so it is asked for only where it is listed; where only the wide scope exists, that is asked for.
  public static func needed(for purpose: Purpose, offered: Scopes?) -> Scopes {
    let wanted: [String]
    switch purpose {
    case .signIn: wanted = ["profile", "read:accounts"]
    case .contacts: wanted = ["read:accounts", "read:follows", "read:blocks", "read:mutes"]
    case .reporting: wanted = ["write:reports"]
    }
    guard let offered else { return Scopes(wanted.filter { $0 != "profile" }) }
    return Scopes(
      wanted.compactMap { name in
        if offered.names.contains(name) { return name }
        if name == "profile" { return nil }
        let wide = String(name.prefix { $0 != ":" })
        return offered.names.contains(wide) ? wide : name
      })
  }

  /// The narrowest scopes for several purposes at once.
  public static func needed(for purposes: [Purpose], offered: Scopes?) -> Scopes {
    purposes.reduce(Scopes([])) { $0.union(needed(for: $1, offered: offered)) }
  }

  /// Everything that Trunkline ever asks for: what an app is registered with.
  public static func all(offered: Scopes?) -> Scopes {
    needed(for: Purpose.allCases, offered: offered)
  }
}

extension Scopes: Codable {
  public init(from decoder: any Decoder) throws {
    self.init(text: try decoder.singleValueContainer().decode(String.self))
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// Who may do something with a member that the member has not begun: start a chat, or call.
public enum Reach: String, Sendable, CaseIterable {
  case everyone
  /// Contacts, and people whom the member follows.
  case followed
  /// Contacts only.
  case contacts
}

/// What a member decided about who learns what, and who reaches whom.
public struct Privacy: Sendable, Hashable {
  public var presence: PresencePolicy
  /// Who may start a chat.
  public var chatReach: Reach
  /// Who may call.
  public var callReach: Reach

  public init(
    presence: PresencePolicy = .nobody, chatReach: Reach = .followed, callReach: Reach = .followed
  ) {
    self.presence = presence
    self.chatReach = chatReach
    self.callReach = callReach
  }

  public subscript(service: Service) -> Reach {
    get { service == .xmpp ? chatReach : callReach }
    set { if service == .xmpp { chatReach = newValue } else { callReach = newValue } }
  }
}

/// What a member's decisions say of one address.
public struct Relation: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// May not reach the member in any way; here or at the home server, by the member or by its admin.
  public static let blocked = Relation(rawValue: 1)
  /// Chosen to see when the member is online.
  public static let chosen = Relation(rawValue: 2)
  /// Followed by the member at the home server.
  public static let followed = Relation(rawValue: 4)
  /// On the member's contact list.
  public static let contact = Relation(rawValue: 8)
  /// Muted with notifications at the home server: nothing rings or lights up.
  public static let muted = Relation(rawValue: 16)

  private static let letters: [(letter: Character, relation: Relation)] = [
    ("b", .blocked), ("c", .chosen), ("f", .followed), ("k", .contact), ("m", .muted),
  ]

  /// How projections write it: letters in alphabetical order.
  public var flags: String { String(Self.letters.filter { contains($0.relation) }.map(\.letter)) }
}

/// One address, or all of a server, as projections name it in a member's decisions.
public enum Peer: Sendable, Hashable, CustomStringConvertible {
  case address(Address)
  /// Everybody of the domain.
  case domain(String)
  /// Everybody of the domain and of all below it.
  case domainAndBelow(String)

  public var description: String {
    switch self {
    case .address(let address): "\(address)"
    case .domain(let domain): "@\(domain)"
    case .domainAndBelow(let domain): "@.\(domain)"
    }
  }

  public func covers(_ address: Address) -> Bool {
    switch self {
    case .address(let other): address == other
    case .domain(let domain): address.domain == domain
    case .domainAndBelow(let domain): address.domain == domain || address.domain.hasSuffix(".\(domain)")
    }
  }
}

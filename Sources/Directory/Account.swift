// SPDX-License-Identifier: AGPL-3.0-or-later

/// Who a member is: the home server and its id of the account. Never the name, which can pass to another person.
public struct AccountIdentity: Sendable, Hashable {
  /// The home server's LOCAL_DOMAIN.
  public let homeServer: String
  /// The home server's id of the account, as text.
  public let id: String

  public init(homeServer: String, id: String) {
    self.homeServer = homeServer
    self.id = id
  }
}

/// Our record of one member of the home server.
public struct Account: Sendable, Equatable, Identifiable {
  /// The ledger's own number.
  public typealias ID = Int64

  public let id: ID
  public let identity: AccountIdentity
  public var name: Name
  public var displayName: String
  public var standing: Standing
  /// When the home server was last heard about the standing.
  public var standingCheckedAt: Timestamp
  /// Set when the admin switched the account off here; the home server's word does not change it.
  public var disabledAt: Timestamp?
  /// The services that the member has switched on.
  public var services: Set<Service>
  public var privacy: Privacy
  public let createdAt: Timestamp
  /// Set from the moment of deletion until the engines have wiped what they keep.
  public var deletedAt: Timestamp?

  public init(
    id: ID, identity: AccountIdentity, name: Name, displayName: String, standing: Standing,
    standingCheckedAt: Timestamp, disabledAt: Timestamp? = nil, services: Set<Service> = [],
    privacy: Privacy = Privacy(), createdAt: Timestamp, deletedAt: Timestamp? = nil
  ) {
    self.id = id
    self.identity = identity
    self.name = name
    self.displayName = displayName
    self.standing = standing
    self.standingCheckedAt = standingCheckedAt
    self.disabledAt = disabledAt
    self.services = services
    self.privacy = privacy
    self.createdAt = createdAt
    self.deletedAt = deletedAt
  }

  public var handle: Handle { Handle(name: name, domain: identity.homeServer) }

  /// Whether the member may use anything of ours: the one rule that portal, engines and command line share.
  public var isAdmitted: Bool { standing.admits && disabledAt == nil && deletedAt == nil }

  /// Whether devices of the member may log in to the service.
  public func mayUse(_ service: Service) -> Bool { isAdmitted && services.contains(service) }
}

/// What members can be served with.
public enum Service: String, Sendable, CaseIterable, Hashable {
  /// Chat.
  case xmpp
  /// Calls.
  case sip
}

/// What the home server says of an account. Everything but `active` means: out of everything of ours.
public enum Standing: String, Sendable, CaseIterable {
  case active
  /// By a moderator; the account is closed to everybody.
  case suspended
  /// Its login is disabled.
  case frozen
  /// Not yet approved or confirmed.
  case pending
  case deleted
  /// The home server has it under another name now; addresses do not move along.
  case renamed
  /// Its name now belongs to another account.
  case displaced

  public var admits: Bool { self == .active }
}

/// Who sees when a member is online.
public enum PresencePolicy: String, Sendable, CaseIterable {
  case nobody, chosen, contacts
}

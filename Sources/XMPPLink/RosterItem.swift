// SPDX-License-Identifier: AGPL-3.0-or-later

/// One item of a member's roster (RFC 6121, section 2.1.2).
public struct RosterItem: Sendable, Hashable {
  public enum Subscription: String, Sendable {
    case none, to, from, both
  }

  /// A bare JID, or a domain; lower-case.
  public var address: String
  /// What the member calls them.
  public var name: String?
  public var subscription: Subscription
  /// The member has asked and has no answer yet.
  public var isAsked: Bool
  public var groups: [String]

  public init(
    address: String, name: String? = nil, subscription: Subscription, isAsked: Bool = false,
    groups: [String] = []
  ) {
    self.address = address
    self.name = name
    self.subscription = subscription
    self.isAsked = isAsked
    self.groups = groups
  }
}

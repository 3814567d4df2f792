// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation

/// Somebody whom a member follows at the home server, or who follows the member there.
public struct Person: Sendable, Hashable, Identifiable {
  /// The home server's id of their account.
  public let id: String
  /// Their handle, as an address. It does **not** say that chat or calls lead to the same person there: an equal name is
  /// not the same person. Their own profile (``stated``) or WebFinger may say so.
  public let address: Address
  /// Printable, at most 60 characters; the name if they gave none. Chosen by them: it may look like anything.
  public let displayName: String
  /// Their page, http or https.
  public let profileURL: URL?
  /// Whether the member follows them.
  public let follows: Bool
  /// Whether they follow the member.
  public let followsBack: Bool
  /// Whether they say of themselves that no human sits there.
  public let isBot: Bool
  /// Addresses that they state in their own profile.
  public let stated: [StatedAddress]
  /// Muted by the member, with notifications.
  public var isMuted: Bool
  /// Blocked: by the member or by the home server's admin, by address or with their whole server.
  public var isBlocked: Bool

  public init(
    id: String, address: Address, displayName: String, profileURL: URL? = nil, follows: Bool,
    followsBack: Bool, isBot: Bool = false, stated: [StatedAddress] = [], isMuted: Bool = false,
    isBlocked: Bool = false
  ) {
    self.id = id
    self.address = address
    self.displayName = displayName
    self.profileURL = profileURL
    self.follows = follows
    self.followsBack = followsBack
    self.isBot = isBot
    self.stated = stated
    self.isMuted = isMuted
    self.isBlocked = isBlocked
  }

  /// Whether each follows the other.
  public var isMutual: Bool { follows && followsBack }
}

/// An address for chat or calls that somebody states in their own profile.
public struct StatedAddress: Sendable, Hashable {
  public let service: Service
  public let address: Address

  public init(service: Service, address: Address) {
    self.service = service
    self.address = address
  }
}

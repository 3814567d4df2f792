// SPDX-License-Identifier: AGPL-3.0-or-later

/// What somebody wrote who is not within a member's reach. It waits for the member's decision; the sender does not learn
/// that it does.
public struct MessageRequest: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    case message
    /// To a room.
    case invitation
    /// A call by XMPP (XEP-0353).
    case call
  }

  public struct Said: Sendable, Equatable {
    public let at: Timestamp
    public let kind: Kind
    /// Plain text as a stranger wrote it; empty for a call.
    public let text: String

    public init(at: Timestamp, kind: Kind, text: String) {
      self.at = at
      self.kind = kind
      self.text = text
    }
  }

  public let sender: Address
  public let first: Timestamp
  public let last: Timestamp
  /// How many were sent; ``said`` may hold fewer.
  public let count: Int
  public let said: [Said]

  public init(sender: Address, first: Timestamp, last: Timestamp, count: Int, said: [Said]) {
    self.sender = sender
    self.first = first
    self.last = last
    self.count = count
    self.said = said
  }
}

/// What the chat server lets others see of a member at one moment.
public struct Sight: Sendable, Equatable {
  /// How many of the member's apps are online.
  public let online: Int
  /// Who sees that.
  public let seenBy: Set<Address>

  public init(online: Int, seenBy: Set<Address>) {
    self.online = online
    self.seenBy = seenBy
  }
}

/// A call that did not ring, since its caller was not within reach or is muted.
public struct QuietCall: Sendable, Hashable {
  public let caller: Address
  public let at: Timestamp

  public init(caller: Address, at: Timestamp) {
    self.caller = caller
    self.at = at
  }
}

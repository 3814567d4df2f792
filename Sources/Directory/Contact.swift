// SPDX-License-Identifier: AGPL-3.0-or-later

/// Somebody on a member's contact list: added on purpose, here or in any app. The chat server's roster (RFC 6121
/// section 2) is the truth; the ledger has a copy.
public struct Contact: Sendable, Hashable {
  /// Who is told of whose presence, as far as both have agreed; the presence policy decides beyond that.
  public enum Subscription: String, Sendable, CaseIterable {
    case none
    /// The member has asked, and was accepted.
    case to
    /// The other has asked, and was accepted.
    case from
    case both
  }

  public let address: Address
  /// What the member calls them; empty if nothing.
  public var name: String
  public var subscription: Subscription
  /// Whether the member's request is not answered yet.
  public var isAsked: Bool

  public init(address: Address, name: String = "", subscription: Subscription, isAsked: Bool = false) {
    self.address = address
    self.name = name
    self.subscription = subscription
    self.isAsked = isAsked
  }

  /// Whether the other has accepted.
  public var isAccepted: Bool { subscription == .to || subscription == .both }
}

/// What the chat server knows of a member's contacts at one moment.
public struct ContactBook: Sendable, Equatable {
  public var contacts: [Contact]
  /// Who waits for the member's answer.
  public var asking: [Asking]
  /// Whom the member blocked in an app.
  public var blocked: Set<Block.Target>

  public init(contacts: [Contact] = [], asking: [Asking] = [], blocked: Set<Block.Target> = []) {
    self.contacts = contacts
    self.asking = asking
    self.blocked = blocked
  }

  /// Somebody who has asked to be a contact.
  public struct Asking: Sendable, Hashable {
    public let address: Address
    public let at: Timestamp

    public init(address: Address, at: Timestamp) {
      self.address = address
      self.at = at
    }
  }
}

/// What a member has asked the chat server to do about one address. Done at least once; done twice it changes nothing.
public enum ContactAct: String, Sendable, CaseIterable {
  /// Put them on the list and ask them.
  case ask
  /// Take them off the list, and back what was asked.
  case remove
  /// Say yes to their request.
  case accept
  /// Say no to it.
  case decline
  /// Block them in chat and for calls, as an app of the member's would (XEP-0191).
  case block
}

/// One act that waits for the chat server, or was done.
public struct ContactErrand: Sendable, Equatable, Identifiable {
  public enum State: String, Sendable, CaseIterable {
    case waiting, done, failed
  }

  public let id: Int64
  public let account: Account.ID
  /// Acts that were asked for at once, such as “all mutuals”; undone at once.
  public let batch: String
  public let address: Address
  public let act: ContactAct
  public var state: State
  public var tries: Int
  /// Not before this moment.
  public var dueAt: Timestamp
  public let createdAt: Timestamp

  public init(
    id: Int64, account: Account.ID, batch: String, address: Address, act: ContactAct, state: State = .waiting,
    tries: Int = 0, dueAt: Timestamp, createdAt: Timestamp
  ) {
    self.id = id
    self.account = account
    self.batch = batch
    self.address = address
    self.act = act
    self.state = state
    self.tries = tries
    self.dueAt = dueAt
    self.createdAt = createdAt
  }
}

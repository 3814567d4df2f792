// SPDX-License-Identifier: AGPL-3.0-or-later

/// A call that a member did not take, and is told of.
public struct MissedCall: Sendable, Equatable {
  public let id: CallID
  public let caller: Address
  /// When it began.
  public let at: Timestamp

  public init(id: CallID, caller: Address, at: Timestamp) {
    self.id = id
    self.caller = caller
    self.at = at
  }
}

/// Something that the chat server has to be told as soon as it can be. Done at least once, and harmless when done twice.
public struct Errand: Sendable, Equatable, Identifiable {
  public enum Work: Sendable, Equatable {
    case contact(ContactAct, Address)
    /// One message to the member.
    case missedCall(MissedCall)
  }

  public let id: Int64
  /// Whose chat it concerns.
  public let account: Account.ID
  public let work: Work
  public let tries: Int

  public init(id: Int64, account: Account.ID, work: Work, tries: Int) {
    self.id = id
    self.account = account
    self.work = work
    self.tries = tries
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// Names one call: a hash that the call server makes and that says nothing of anybody's device.
public struct CallID: Sendable, Hashable, CustomStringConvertible {
  public let text: String

  /// - Returns: `nil` for what is not 8 to 128 letters, digits, `-` and `_`.
  public init?(_ text: String) {
    let allowed = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
    guard allowed, (8...128).contains(text.utf8.count) else { return nil }
    self.text = text
  }

  /// For what was checked before it was stored.
  public init(stored text: String) { self.text = text }

  public var description: String { text }
}

/// A call that is over, as the call server tells it. Both were members then.
public struct EndedCall: Sendable, Equatable {
  /// How it ended.
  public enum Ending: String, Sendable, CaseIterable {
    case answered
    /// A device of the callee's said no, and none said yes.
    case declined
    /// It rang in vain, or there was nothing that could have rung, though the caller may call.
    case missed
    /// The callee is not to be reached by this caller. The caller must not be able to tell it from `missed`.
    case refused
  }

  public let id: CallID
  public let caller: Name
  public let callee: Name
  public let began: Timestamp
  /// `nil` if nobody answered.
  public let answered: Timestamp?
  public let ended: Timestamp
  public let ending: Ending

  public init(
    id: CallID, caller: Name, callee: Name, began: Timestamp, answered: Timestamp?, ended: Timestamp,
    ending: Ending
  ) {
    self.id = id
    self.caller = caller
    self.callee = callee
    self.began = began
    self.answered = answered
    self.ended = ended
    self.ending = ending
  }

  /// How long was talked, in seconds; `nil` if not at all.
  public var seconds: Int64? {
    guard ending == .answered, let answered else { return nil }
    return max(0, ended - answered)
  }

  /// What the caller's history says: no more than the caller heard.
  public var callersOutcome: CallOutcome {
    switch ending {
    case .answered: .answered
    case .declined: .declined
    case .missed, .refused: .unanswered
    }
  }

  /// What the callee's history says; `nil` if the call stays out of it.
  public var calleesOutcome: CallOutcome? {
    switch ending {
    case .answered: .answered
    case .declined: .declined
    case .missed: .missed
    case .refused: nil
    }
  }
}

/// How far the call server's file of ended calls was read.
public struct EndedCallsMark: Sendable, Equatable {
  /// Names the making of that file.
  public let epoch: String
  /// Of the last call that was read.
  public let number: Int64

  public init(epoch: String, number: Int64) {
    self.epoch = epoch
    self.number = number
  }
}

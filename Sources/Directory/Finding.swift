// SPDX-License-Identifier: AGPL-3.0-or-later

/// What was heard in answer to a look-up elsewhere, how old it is, and when to ask again.
public struct Finding<Answer: Sendable & Hashable>: Sendable, Hashable {
  /// The latest answer; `nil` if there never was one, or if the last one is too old to be believed.
  public private(set) var answer: Answer?
  public private(set) var answeredAt: Timestamp?
  /// How often it was asked in vain since.
  public private(set) var failures: Int
  public private(set) var askAgainAt: Timestamp

  public init(answer: Answer?, answeredAt: Timestamp?, failures: Int, askAgainAt: Timestamp) {
    self.answer = answer
    self.answeredAt = answeredAt
    self.failures = failures
    self.askAgainAt = askAgainAt
  }

  /// Nothing was asked so far.
  public static var new: Finding {
    Finding(answer: nil, answeredAt: nil, failures: 0, askAgainAt: Timestamp(seconds: 0))
  }

  public func isDue(at now: Timestamp) -> Bool { now >= askAgainAt }

  /// - Parameter life: for how long not to ask again, in seconds.
  public mutating func hear(_ answer: Answer, life: Int64, at now: Timestamp) {
    self.answer = answer
    answeredAt = now
    failures = 0
    askAgainAt = now + life
  }

  /// It was asked in vain. The last answer counts on for a week: an outage is not a change of mind.
  public mutating func fail(at now: Timestamp) {
    if let answeredAt, now - answeredAt > FindingLife.longest {
      answer = nil
      self.answeredAt = nil
    }
    askAgainAt = now + FindingLife.pause(after: failures)
    failures = min(failures + 1, 100)
  }
}

/// How long findings hold, in seconds.
public enum FindingLife {
  /// Somebody can be reached.
  public static let good: Int64 = 86_400
  /// Nothing was found; a server that was set up today is seen today.
  public static let negative: Int64 = 6 * 3_600
  /// How long an answer counts on while nothing answers any more.
  public static let longest: Int64 = 7 * 86_400

  /// The pause after another failure: ten minutes, then twice as long each time, six hours at most.
  public static func pause(after failures: Int) -> Int64 {
    min(600 << Int64(max(0, min(failures, 6))), 6 * 3_600)
  }
}

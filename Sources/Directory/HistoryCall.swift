// SPDX-License-Identifier: AGPL-3.0-or-later

/// How a call went, for one of its two sides.
public enum CallOutcome: String, Sendable, CaseIterable {
  case answered
  /// It was for the member, who did not take it.
  case missed
  /// It was the member's, and nobody took it, for whatever reason.
  case unanswered
  /// A device of the callee's said no.
  case declined
}

/// A call in a member's history.
public struct HistoryCall: Sendable, Equatable, Identifiable {
  public enum Direction: String, Sendable, CaseIterable {
    case incoming = "in"
    case outgoing = "out"
  }

  public let id: CallID
  /// Who was on the other side.
  public let other: Name
  /// What they call themselves now, as they wrote it; empty if nothing is known.
  public var displayName: String
  public let direction: Direction
  /// When it began.
  public let at: Timestamp
  /// How long was talked; `nil` if not at all.
  public let seconds: Int64?
  public let outcome: CallOutcome

  public init(
    id: CallID, other: Name, displayName: String, direction: Direction, at: Timestamp, seconds: Int64?,
    outcome: CallOutcome
  ) {
    self.id = id
    self.other = other
    self.displayName = displayName
    self.direction = direction
    self.at = at
    self.seconds = seconds
    self.outcome = outcome
  }
}

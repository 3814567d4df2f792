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

  /// Who was on the other side of a call.
  public enum Party: Sendable, Hashable {
    /// Of the same home server.
    case member(Name)
    case elsewhere(Address)

    public init(_ address: Address, at domain: String) {
      self = address.name(at: domain).map { .member($0) } ?? .elsewhere(address)
    }

    public func address(at domain: String) -> Address {
      switch self {
      case .member(let name): Address(Handle(name: name, domain: domain))
      case .elsewhere(let address): address
      }
    }
  }

  public let id: CallID
  public let other: Party
  /// What they call themselves now, as they wrote it; empty if nothing is known.
  public var displayName: String
  public let direction: Direction
  /// When it began.
  public let at: Timestamp
  /// How long was talked; `nil` if not at all.
  public let seconds: Int64?
  public let outcome: CallOutcome

  public init(
    id: CallID, other: Party, displayName: String, direction: Direction, at: Timestamp, seconds: Int64?,
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

  /// Whether its parts go together: only what was for the member can be missed, and only what was answered has a length.
  public var isSound: Bool {
    switch outcome {
    case .answered: (0...Self.longest).contains(seconds ?? -1)
    case .missed: seconds == nil && direction == .incoming
    case .unanswered: seconds == nil && direction == .outgoing
    case .declined: seconds == nil
    }
  }

  /// No call is longer, in seconds: a week.
  public static let longest: Int64 = 7 * 86_400
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// The places where a crash would be most telling. Tests stop there; nothing else does.
public enum FailPoint: String, Sendable, CaseIterable {
  case beforeLedger = "before-ledger"
  case inLedger = "in-ledger"
  case afterLedger = "after-ledger"
  case beforeProjection = "before-projection"
  case afterProjection = "after-projection"
  case afterPush = "after-push"
  /// The chat server has been told, and that was not written down yet.
  case afterErrand = "after-errand"
}

/// What happens at a fail point: nothing, unless a test says otherwise.
public struct FailPoints: Sendable {
  private let reach: @Sendable (FailPoint) throws -> Void

  public init(_ reach: @escaping @Sendable (FailPoint) throws -> Void) { self.reach = reach }

  public func reached(_ point: FailPoint) throws { try reach(point) }

  public static let none = FailPoints { _ in }
}

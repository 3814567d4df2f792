// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

/// So much at once, and so much more as time goes by. Pure: the caller says what time it is.
public struct TokenBucket: Sendable, Hashable {
  /// How many tokens it holds at most, and at first.
  public let size: Double
  /// How many come back in a second.
  public let perSecond: Double
  private var tokens: Double
  private var at: Timestamp

  public init(size: Double, perSecond: Double, at now: Timestamp) {
    self.size = size
    self.perSecond = perSecond
    tokens = size
    at = now
  }

  /// Takes one token, if there is one. A clock that was set back costs nothing and gives nothing.
  public mutating func take(at now: Timestamp) -> Bool {
    tokens = level(at: now)
    at = now
    guard tokens >= 1 else { return false }
    tokens -= 1
    return true
  }

  /// Whether nothing was taken that has not come back: such a bucket need not be remembered.
  public func isFull(at now: Timestamp) -> Bool { level(at: now) >= size }

  private func level(at now: Timestamp) -> Double {
    min(size, tokens + Double(max(0, now - at)) * perSecond)
  }
}

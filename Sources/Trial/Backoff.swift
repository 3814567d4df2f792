// SPDX-License-Identifier: AGPL-3.0-or-later

/// How long to wait before a program that died is started again: twice as long each time, up to a limit.
public struct Backoff: Sendable, Hashable {
  /// The wait after the first failure.
  public var first: Duration
  /// The longest wait.
  public var longest: Duration
  /// How long a program must stay ready for its earlier failures to be forgotten.
  public var stableAfter: Duration

  public init(
    first: Duration = .milliseconds(250), longest: Duration = .seconds(30),
    stableAfter: Duration = .seconds(30)
  ) {
    self.first = first
    self.longest = longest
    self.stableAfter = stableAfter
  }

  /// The wait after this many failures in a row; none after none.
  public func delay(afterFailures failures: Int) -> Duration {
    guard failures > 0 else { return .zero }
    var delay = first
    for _ in 1..<failures {
      delay *= 2
      if delay >= longest { return longest }
    }
    return min(delay, longest)
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials

/// How long to wait before the next attempt: twice as long each time, up to a limit, and never just as long as another
/// link that lost its server at the same moment. Pure.
struct Backoff: Sendable {
  private let times: LinkSettings.Times
  private(set) var failures = 0

  init(_ times: LinkSettings.Times) { self.times = times }

  /// - Parameter lived: how long the stream was open; nil if it never was.
  /// - Returns: between half of the step and the whole of it.
  mutating func next(lived: Duration?, random: RandomBytes) -> Duration {
    if let lived, lived >= times.goodStream {
      failures = 0
      return .zero
    }
    var step = times.pause
    for _ in 0..<min(failures, 32) where step < times.longestPause { step *= 2 }
    failures += 1
    step = min(step, times.longestPause)
    let drawn = random(4).reduce(0) { $0 << 8 | Int($1) }
    return step / 2 + step / 2 * (Double(drawn) / Double(UInt32.max))
  }
}

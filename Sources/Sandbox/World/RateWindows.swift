// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// Counts requests in fixed windows that start at whole multiples of their length, as Mastodon's throttle does.
struct RateWindows: Sendable {
  /// What a caller may still do.
  struct Allowance: Sendable, Equatable {
    let limit: Int
    let remaining: Int
    let reset: Date
    let exceeded: Bool
  }

  private var counts: [String: (window: Int, count: Int)] = [:]

  /// Counts one request.
  /// - Parameters:
  ///   - key: who is counted, and for what.
  ///   - period: the length of the window in seconds.
  mutating func count(_ key: String, limit: Int, period: Int, now: Date) -> Allowance {
    let window = Int(now.timeIntervalSince1970) / period
    let before = counts[key].flatMap { $0.window == window ? $0.count : nil } ?? 0
    if counts.count > 10_000 { counts = counts.filter { $0.value.window == window } }
    counts[key] = (window, before + 1)
    return Allowance(
      limit: limit, remaining: max(0, limit - before - 1),
      reset: Date(timeIntervalSince1970: Double((window + 1) * period)), exceeded: before + 1 > limit)
  }

  /// Forgets everything counted so far.
  mutating func clear() { counts = [:] }
}

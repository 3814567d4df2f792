// SPDX-License-Identifier: AGPL-3.0-or-later

import Synchronization

/// A token bucket for each of many askers.
final class RateLimiter: Sendable {
  /// How much at once, and how fast it comes back.
  struct Rate: Sendable {
    let burst: Double
    let perSecond: Double
  }

  private struct Bucket {
    var tokens: Double
    var at: ContinuousClock.Instant
  }

  private let rate: Rate
  private let capacity: Int
  private let buckets = Mutex<[String: Bucket]>([:])

  /// - Parameter capacity: how many askers are remembered; a flood of addresses must not fill the memory.
  init(_ rate: Rate, capacity: Int = 50_000) {
    self.rate = rate
    self.capacity = capacity
  }

  /// Takes one token.
  /// - Returns: `nil` if there was one, else the seconds until the next.
  func take(_ key: String, now: ContinuousClock.Instant = .now) -> Int? {
    buckets.withLock { buckets in
      if buckets.count >= capacity, buckets[key] == nil { sweep(&buckets, now) }
      var bucket = buckets[key] ?? Bucket(tokens: rate.burst, at: now)
      bucket.tokens = refilled(bucket, now)
      bucket.at = now
      defer { buckets[key] = bucket }
      guard bucket.tokens >= 1 else { return Int(((1 - bucket.tokens) / rate.perSecond).rounded(.up)) }
      bucket.tokens -= 1
      return nil
    }
  }

  private func refilled(_ bucket: Bucket, _ now: ContinuousClock.Instant) -> Double {
    let passed = now - bucket.at
    let seconds = Double(passed.components.seconds) + Double(passed.components.attoseconds) / 1e18
    return min(rate.burst, bucket.tokens + max(0, seconds) * rate.perSecond)
  }

  /// Forgets who has a full bucket again; if that is not enough, everybody.
  private func sweep(_ buckets: inout [String: Bucket], _ now: ContinuousClock.Instant) {
    buckets = buckets.filter { refilled($0.value, now) < rate.burst }
    if buckets.count >= capacity { buckets.removeAll() }
  }
}

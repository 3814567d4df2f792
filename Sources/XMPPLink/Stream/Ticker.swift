// SPDX-License-Identifier: AGPL-3.0-or-later

/// Time that only goes forward, from a beginning of its own.
struct Ticker: Sendable {
  let now: @Sendable () -> Duration
  let sleep: @Sendable (Duration) async throws -> Void

  init<C: Clock>(_ clock: C) where C.Duration == Duration {
    let beginning = clock.now
    now = { beginning.duration(to: clock.now) }
    sleep = { try await clock.sleep(for: $0) }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Synchronization

/// A clock that stands still until it is told to go on.
final class ManualClock: Clock, Sendable {
  struct Instant: InstantProtocol {
    var offset: Duration

    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private struct State {
    var now = Instant(offset: .zero)
    var sleepers: [Int: (until: Instant, wake: CheckedContinuation<Void, any Error>)] = [:]
    var slept = 0
  }

  private let state = Mutex(State())
  /// How long each sleeper wants to sleep, as it lies down.
  let sleeps: AsyncStream<Duration>
  private let announce: AsyncStream<Duration>.Continuation

  init() { (sleeps, announce) = AsyncStream.makeStream() }

  var now: Instant { state.withLock { $0.now } }
  var minimumResolution: Duration { .nanoseconds(1) }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    let number = state.withLock { state in
      state.slept += 1
      return state.slept
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { wake in
        let wait = state.withLock { state -> Duration? in
          if Task.isCancelled { return nil }
          state.sleepers[number] = (deadline, wake)
          return state.now.duration(to: deadline)
        }
        guard let wait else { return wake.resume(throwing: CancellationError()) }
        announce.yield(wait)
      }
    } onCancel: {
      state.withLock { $0.sleepers.removeValue(forKey: number) }?.wake.resume(throwing: CancellationError())
    }
  }

  func advance(by duration: Duration) {
    let awake = state.withLock { state in
      state.now = state.now.advanced(by: duration)
      let due = state.sleepers.filter { $0.value.until <= state.now }
      for number in due.keys { state.sleepers[number] = nil }
      return due.values.map(\.wake)
    }
    for sleeper in awake { sleeper.resume() }
  }

  /// Goes on by itself, each time as far as somebody sleeps, until `condition` holds.
  func run(until condition: () -> Bool) async {
    guard !condition() else { return }
    for await wait in sleeps {
      if condition() { return }
      advance(by: wait)
    }
  }
}

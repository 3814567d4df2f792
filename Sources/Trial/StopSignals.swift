// SPDX-License-Identifier: AGPL-3.0-or-later

// Dispatch does not say yet that its sources may be shared; they are thread-safe.
@preconcurrency import Dispatch
import Glibc

/// The signals that ask the trial to stop, as a stream: one element for each.
final class StopSignals: Sendable {
  let stops: AsyncStream<Void>
  private let sources: [any DispatchSourceSignal]

  init() {
    let (stops, sink) = AsyncStream.makeStream(of: Void.self)
    self.stops = stops
    // SIGPIPE: whoever reads our output may go away without taking the trial along.
    signal(SIGPIPE, SIG_IGN)
    sources = [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { sink.yield() }
      source.activate()
      return source
    }
  }
}

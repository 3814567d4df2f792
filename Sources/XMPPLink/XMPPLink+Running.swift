// SPDX-License-Identifier: AGPL-3.0-or-later

import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

extension XMPPLink {
  /// Holds the link until the task is cancelled or the service is to shut down: then it waits a moment for answers that
  /// are due, and closes the stream.
  ///
  /// - Throws: ``LinkError`` `conflict` if it runs already.
  public func run() async throws {
    guard core.withLock({ $0.begin(moment) }) else {
      throw LinkError(.conflict, cause: "This link runs already.", remedy: "Run it once.")
    }
    await withGracefulShutdownHandler {
      await keepConnected()
    } onGracefulShutdown: {
      self.stop()
    }
    // Outside of the lock: a sequence that ends takes itself off the list.
    for listener in core.withLock({ $0.end(moment) }) { listener.finish() }
  }

  /// Begins the farewell; ``run()`` returns when it is done.
  func stop() { core.withLock { $0.stop(moment) } }

  var moment: LinkCore.Moment { (ticker.now(), wall()) }

  private func keepConnected() async {
    var backoff = Backoff(settings.times)
    while !Task.isCancelled, core.withLock({ $0.stoppingSince == nil }) {
      let lived = await oneStream()
      guard !Task.isCancelled, core.withLock({ $0.stoppingSince == nil }) else { return }
      let pause = backoff.next(lived: lived, random: random)
      report(pause)
      guard pause > .zero else { continue }
      // Ended early by what the loop looks at next.
      try? await cancelWhenGracefulShutdown { try await self.ticker.sleep(pause) }
    }
  }

  /// From one connection to its end.
  ///
  /// - Returns: how long the stream was open; nil if it never was.
  private func oneStream() async -> Duration? {
    core.withLock { $0.enter(.connecting, moment) }
    // Twice as many as there are requests: a stream's own words always find room.
    let (texts, outbox) = AsyncStream.makeStream(
      of: String.self, bufferingPolicy: .bufferingOldest(2 * settings.openRequests + 64))
    var lived: Duration?
    do {
      let connection = try await connect()
      let socket = connection.channel
      try await connection.executeThenClose { inbound, outbound in
        core.withLock { $0.connected(outbox, cut: { socket.close(promise: nil) }, moment) }
        await withTaskGroup(of: Void.self) { group in
          group.addTask {
            for await text in texts {
              guard (try? await outbound.write(ByteBuffer(string: text))) != nil else { break }
            }
            socket.close(promise: nil)
          }
          group.addTask {
            while (try? await self.ticker.sleep(self.settings.times.beat)) != nil {
              self.core.withLock { $0.beat(self.moment) }
            }
          }
          let parser = StanzaParser()
          do {
            for try await buffer in inbound {
              let events = parser.feed(Array(buffer.readableBytesView))
              core.withLock { $0.received(events, moment) }
            }
          } catch {
            // The connection is gone, which is all there is to know; the stream says what for.
          }
          // Before the others end: from here on nothing can be asked.
          lived = core.withLock { $0.disconnected(moment) }
          group.cancelAll()
        }
      }
    } catch {
      // Either it did not connect, or it did not close in good order, which makes no difference.
      core.withLock { $0.notConnected(.unreachable(settings.host, settings.port), moment) }
    }
    return lived
  }

  private func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
    try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connectTimeout(TimeAmount(settings.times.connect))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .connect(host: settings.host, port: settings.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
  }

  private func report(_ pause: Duration) {
    let state = self.state
    guard let error = state.lastError else { return }
    // One line for each loss, not for each attempt after it.
    let level: Logger.Level = state.failures <= 1 ? .warning : .debug
    logger.log(
      level: level, "The link to the chat server is lost",
      metadata: ["code": "\(error.code)", "cause": "\(error.cause)", "again-in": "\(pause)"])
  }
}

extension LinkCore {
  /// - Returns: false if it runs already.
  mutating func begin(_ now: Moment) -> Bool {
    guard !isRunning else { return false }
    isRunning = true
    stoppingSince = nil
    return true
  }

  mutating func stop(_ now: Moment) {
    guard stoppingSince == nil else { return }
    stoppingSince = now.ticks
    enter(.closing, now)
    settle(now)
  }

  /// - Returns: whom to tell that nothing more happens.
  mutating func end(_ now: Moment) -> [AsyncStream<LinkEvent>.Continuation] {
    isRunning = false
    enter(.idle, now)
    return Array(listeners.values)
  }
}

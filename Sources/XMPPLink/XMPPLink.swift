// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
public import Logging
public import ServiceLifecycle
import Synchronization

/// The link to the chat server: a component's stream (XEP-0114) that comes back by itself, and what can be asked
/// over it.
///
/// Nothing that members do hangs on it: logins and policies are the engine's own. Every question may be asked again
/// without harm. What was asked while the stream broke ends with ``LinkError/Code/interrupted``: unknown whether done.
public final class XMPPLink: ServiceLifecycle.Service {
  let settings: LinkSettings
  let random: RandomBytes
  let ticker: Ticker
  let wall: WallClock
  let logger: Logger
  let core: Mutex<LinkCore>

  /// - Parameters:
  ///   - clock: for deadlines and waiting.
  ///   - wall: for what ``state`` tells.
  public init(
    _ settings: LinkSettings, random: RandomBytes = .system, clock: some Clock<Duration> = ContinuousClock(),
    wall: @escaping WallClock = systemClock, logger: Logger
  ) {
    self.settings = settings
    self.random = random
    self.ticker = Ticker(clock)
    self.wall = wall
    self.logger = logger
    core = Mutex(LinkCore(settings: settings, now: wall()))
  }

  /// How the link is doing at this moment.
  public var state: LinkState { core.withLock { $0.currentState } }

  /// What happens from now on. Each call gives a sequence of its own, for one reader.
  public var events: AsyncStream<LinkEvent> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: LinkEvent.self, bufferingPolicy: .bufferingNewest(1_024))
    let number = core.withLock { $0.listen(continuation) }
    continuation.onTermination = { [weak self] _ in self?.core.withLock { $0.listeners[number] = nil } }
    return stream
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Logging
import Testing

@testable import XMPPLink

extension LinkSettings {
  init(port: Int, secret: Secret = sharedSecret, times: Times = .brisk, openRequests: Int = 256) {
    self.init(
      domain: "social.localhost", component: "trunkline.social.localhost", port: port, secret: secret,
      times: times,
      openRequests: openRequests)
  }
}

extension LinkSettings.Times {
  /// Comes back without a wait worth mentioning; all else as always.
  static var brisk: LinkSettings.Times {
    var times = LinkSettings.Times()
    times.pause = .milliseconds(1)
    times.longestPause = .milliseconds(4)
    return times
  }
}

/// A link that runs as long as `body` does.
func withLink<Result>(
  _ settings: LinkSettings, clock: some Clock<Duration> = ContinuousClock(), random: RandomBytes = .system,
  _ body: (XMPPLink) async throws -> Result
) async throws -> Result {
  let link = XMPPLink(
    settings, random: random, clock: clock, wall: { Timestamp(seconds: 1_700_000_000) },
    logger: Logger(label: "link", factory: { _ in SwiftLogNoOpLogHandler() }))
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await link.run() }
    let result = try await body(link)
    group.cancelAll()
    return result
  }
}

extension XMPPLink {
  /// Returns when there is a stream.
  func untilConnected() async { await until(\.isConnected) }

  /// Looks again at each event.
  func until(_ condition: @Sendable (LinkState) -> Bool) async {
    let events = self.events
    if condition(state) { return }
    for await _ in events where condition(state) { return }
  }

  /// Returns when an attempt has failed and the next one waits, by a clock that stands still.
  func untilFailed(by clock: ManualClock) async {
    for await _ in clock.sleeps where state.lastError != nil { return }
  }
}

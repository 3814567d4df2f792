// SPDX-License-Identifier: AGPL-3.0-or-later

/// How long and how much a request to the home server may take.
public struct WireLimits: Sendable, Hashable {
  /// For the connection, with TLS.
  public var connect: Duration
  /// For one call, with all repetitions, redirects and the whole body: whoever waits, waits no longer.
  public var overall: Duration
  /// How much of an answer is read, in bytes.
  public var body: Int
  /// How many redirects within the server are followed.
  public var redirects: Int
  /// How often a reading request is sent again after an outage.
  public var retries: Int
  /// The pause before the first repetition; it doubles each time, and chance takes off up to half.
  public var backOff: Duration

  public init(
    connect: Duration = .seconds(5), overall: Duration = .seconds(15), body: Int = 1 << 20,
    redirects: Int = 3,
    retries: Int = 2, backOff: Duration = .milliseconds(250)
  ) {
    self.connect = connect
    self.overall = overall
    self.body = body
    self.redirects = redirects
    self.retries = retries
    self.backOff = backOff
  }

  /// The pause before repetition `attempt` (from 0), with `chance` in 0..<1.
  func pause(beforeRetry attempt: Int, chance: Double) -> Duration {
    backOff * (1 << min(attempt, 10)) * (1 - chance / 2)
  }
}

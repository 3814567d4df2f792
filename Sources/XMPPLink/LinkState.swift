// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

/// How the link is doing, for status and metrics.
public struct LinkState: Sendable, Equatable {
  public enum Phase: String, Sendable {
    /// Not running: not started yet, or ended.
    case idle
    case connecting
    case connected
    /// Between two attempts.
    case waiting
    /// Closing for good.
    case closing
  }

  public var phase: Phase = .idle
  /// Since when the phase has been what it is.
  public var since: Timestamp
  /// What ended the last stream or the last attempt; stays when the link is back.
  public var lastError: LinkError?
  /// What the server lets the component do (XEP-0356), as it said on this stream; nil until it has.
  public var privileges: Privileges?
  /// Questions that wait for an answer.
  public var openRequests = 0
  /// Streams that were opened since the start.
  public var streams = 0
  /// Attempts in a row that led to no stream.
  public var failures = 0

  public var isConnected: Bool { phase == .connected }

  init(since: Timestamp) { self.since = since }
}

/// What happens on the link.
///
/// All but the last 1,024 events that nobody has taken are dropped. That costs nothing: a hint says only that
/// ``XMPPLink/changes(after:)`` has news, and so does any other event.
public enum LinkEvent: Sendable, Equatable {
  /// A stream is open. What happened in the meantime is to be had by ``XMPPLink/changes(after:)``.
  case connected
  /// The stream is gone; the link comes back by itself.
  case lost(LinkError)
  /// The roster, the questions, the blocks or the waiting messages of a member have changed, the server says.
  case changed(Name)
}

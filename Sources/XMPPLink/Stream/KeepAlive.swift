// SPDX-License-Identifier: AGPL-3.0-or-later

/// When to show that we live, and when to ask whether the other does. Pure.
struct KeepAlive: Sendable {
  enum Due: Sendable {
    /// Send a space (RFC 6120, section 4.6.1).
    case space
    /// Ask (XEP-0199).
    case ping
    /// It has been asked and says nothing.
    case dead
  }

  private let times: LinkSettings.Times
  private var lastSent: Duration
  private var lastHeard: Duration
  private var asked: Duration?

  init(_ times: LinkSettings.Times, now: Duration) {
    self.times = times
    lastSent = now
    lastHeard = now
  }

  mutating func sent(_ now: Duration) { lastSent = now }

  /// Anything that comes is a sign of life.
  mutating func heard(_ now: Duration) {
    lastHeard = now
    asked = nil
  }

  mutating func due(_ now: Duration) -> Due? {
    if let asked {
      if now - asked >= times.pong { return .dead }
    } else if now - lastHeard >= times.ping {
      asked = now
      return .ping
    }
    return now - lastSent >= times.space ? .space : nil
  }
}

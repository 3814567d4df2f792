// SPDX-License-Identifier: AGPL-3.0-or-later

/// How many browsers of a member may have passwords at once, and for how long without asking again. They do not count as
/// devices of ``DevicePolicy``.
public struct WebSessionPolicy: Sendable, Equatable {
  /// Web sessions of one member at once; one more ends the oldest idle one.
  public static let limit = 5

  /// How long the passwords last, in seconds, unless they are renewed.
  public var lease: Int64
  /// While the home server cannot be asked they are renewed all the same, until its last good word is this old, in
  /// seconds.
  public var longestSilence: Int64

  public init(lease: Int64 = 900, longestSilence: Int64 = 86_400) {
    self.lease = lease
    self.longestSilence = longestSilence
  }

  /// When a browser should ask again, in seconds from now: so early that two vain tries do not cost the session.
  public func renewal(before expiry: Timestamp, now: Timestamp) -> Int64 {
    max(1, min(lease, expiry - now) * 2 / 3)
  }
}

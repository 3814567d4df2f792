// SPDX-License-Identifier: AGPL-3.0-or-later

/// Why the home server could not be asked, or would not answer as it should.
///
/// Nothing in it is secret: no token, code, client secret, header or body of an answer. The only text that
/// comes from the other side is a short error message of an OAuth callback, reduced to printable characters.
public struct HomeServerError: Error, Sendable, Equatable {
  public let code: Code
  /// What happened, in one plain sentence.
  public let cause: String
  /// What to do about it, in one plain sentence.
  public let remedy: String
  /// The HTTP status, where there was one.
  public let status: Int?
  /// How long to wait before asking again, where the server or the ``Pacer`` said so.
  public let retryAfter: Duration?

  public init(
    _ code: Code, cause: String, remedy: String, status: Int? = nil, retryAfter: Duration? = nil
  ) {
    self.code = code
    self.cause = cause
    self.remedy = remedy
    self.status = status
    self.retryAfter = retryAfter
  }

  /// Whether this tells something about the server's health only, and nothing about a member: a reason to try
  /// again later, never a reason to act.
  public var isOutage: Bool { Code.outages.contains(code) }
}

extension HomeServerError: CustomStringConvertible {
  public var description: String { "\(code.rawValue): \(cause) \(remedy)" }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// What the link to the chat server refuses or cannot do.
public struct LinkError: Error, Sendable, Equatable {
  public enum Code: String, Sendable, CaseIterable {
    /// There is no stream. What was asked has not been done.
    case unreachable
    /// The stream broke, or the asker went away, after the question was sent: unknown whether it was done.
    case interrupted
    /// No answer within the time: unknown whether it was done.
    case timedOut
    /// The server refuses the component's secret.
    case wrongSecret
    /// Another component is connected by our name.
    case conflict
    /// The server has no such component.
    case unknownHost
    /// One of the two does not understand the other.
    case malformed
    /// More than the limits allow.
    case tooLarge
    /// The server does not let the component do this.
    case notPrivileged
    /// The server has no module for this.
    case unsupported
    /// The server knows no such member, or nothing of the kind about them.
    case notFound
    /// The server refuses, for a reason that has no code of its own.
    case refused
    /// Not now: too much at once, or the server says that it cannot at the moment.
    case busy
    /// The link is being closed. What was asked has not been done.
    case closing
    /// What is to be sent is no address, or no text. Nothing was sent.
    case badValue
  }

  public let code: Code
  /// What is wrong, in one plain sentence.
  public let cause: String
  /// What to do about it, in one plain sentence.
  public let remedy: String

  public init(_ code: Code, cause: String, remedy: String) {
    self.code = code
    self.cause = cause
    self.remedy = remedy
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// What can go wrong between the daemon and an engine.
public struct EngineError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// A projection cannot be opened, written or read.
    case projectionUnwritable
    /// A projection is damaged; it can be made again.
    case projectionDamaged
    /// A newer Trunkline has written the projection.
    case newerSchema
    /// The engine does not answer.
    case unreachable
    /// The engine answered what we do not understand.
    case notUnderstood
    /// A configuration file cannot be made.
    case configuration
  }

  public let code: Code
  public let cause: String
  public let remedy: String

  public init(_ code: Code, cause: String, remedy: String) {
    self.code = code
    self.cause = cause
    self.remedy = remedy
  }

  public var description: String { "\(cause) \(remedy)" }
}

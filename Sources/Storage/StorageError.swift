// SPDX-License-Identifier: AGPL-3.0-or-later

/// What can go wrong with the ledger.
public struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// The folder or file cannot be made, read or written.
    case unwritable
    /// The file is not a ledger, or is damaged.
    case damaged
    /// A newer Trunkline has written it.
    case newerSchema
    /// Another process held the ledger for too long.
    case busy
    /// The disk is full.
    case full
    /// A sealed value does not open with this key.
    case wrongKey
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

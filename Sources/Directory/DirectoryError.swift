// SPDX-License-Identifier: AGPL-3.0-or-later

/// What the rules of the directory refuse.
public struct DirectoryError: Error, Sendable, Equatable {
  public enum Code: String, Sendable {
    case badName, reservedName, badDeviceName, badExpiry, badIdentifier, badApp, badAddress
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

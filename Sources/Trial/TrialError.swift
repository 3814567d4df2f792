// SPDX-License-Identifier: AGPL-3.0-or-later

/// Why the trial could not start or go on, in words for the person in front of it.
public struct TrialError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of thing went wrong; more may be added.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// A port that is needed is held by somebody else.
    public static let portTaken = Code(description: "port taken")
    /// Another trial runs in the same state folder.
    public static let alreadyRunning = Code(description: "already running")
    /// No trial runs in the state folder.
    public static let notRunning = Code(description: "not running")
    /// The state folder cannot be used.
    public static let stateFolder = Code(description: "state folder")
    /// A program or file that is needed is not there.
    public static let missing = Code(description: "missing")
    /// A value from the environment or the command line means nothing.
    public static let badValue = Code(description: "bad value")
    /// A program that was run ended with an error.
    public static let program = Code(description: "program")

    public let description: String
  }

  public var code: Code
  /// What went wrong, as a sentence.
  public var cause: String
  /// What to do about it, as a sentence.
  public var remedy: String

  public init(code: Code, cause: String, remedy: String) {
    self.code = code
    self.cause = cause
    self.remedy = remedy
  }

  public var description: String { "\(cause) \(remedy)" }
}

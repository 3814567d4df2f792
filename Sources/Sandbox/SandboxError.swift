// SPDX-License-Identifier: AGPL-3.0-or-later

/// Why the sandbox cannot start or keep its state: what happened, and what to do about it.
public struct SandboxError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure; more may be added.
  public struct Code: Sendable, Hashable {
    let name: String

    /// Templates or style sheets are missing or broken.
    public static let files = Code(name: "files")
    /// The state file cannot be read or written.
    public static let state = Code(name: "state")
    /// The state file was written by a newer program.
    public static let newerState = Code(name: "newer_state")
    /// A setting makes no sense.
    public static let settings = Code(name: "settings")
  }

  public let code: Code
  /// What happened, a plain sentence.
  public let cause: String
  /// What to do about it, a plain sentence.
  public let remedy: String

  public var description: String { "\(cause) \(remedy)" }
}

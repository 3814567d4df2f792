// SPDX-License-Identifier: AGPL-3.0-or-later

/// Why nginx's configuration could not be written.
public struct NginxError: Error, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong; more may be added.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// A value cannot be written into nginx's language, or means nothing there.
    public static let invalidValue = Code(description: "invalid value")
    /// A template is missing or broken.
    public static let template = Code(description: "template")

    public let description: String
  }

  public var code: Code
  /// What went wrong, as the second half of a sentence.
  public var cause: String
  /// What to do about it, as a sentence.
  public var remedy: String

  public var description: String { "nginx: \(cause). \(remedy)" }
}

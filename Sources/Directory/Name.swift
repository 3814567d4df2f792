// SPDX-License-Identifier: AGPL-3.0-or-later

/// The part of an address before the `@`: of an account on the home server, of its chat and its calls.
///
/// Mastodon's rule: letters a to z, digits and underscores, at most 30, compared without case.
public struct Name: Sendable, Hashable, CustomStringConvertible {
  public static let longest = 30

  /// Names that nobody can have, since Trunkline speaks by them itself.
  public static let reserved: Set<String> = ["trunkline"]

  /// Stands in the outbox and in change logs for all members at once. Nobody can have it.
  public static let everybody = Name(stored: "*")

  public let text: String

  /// Folds the case.
  /// - Throws: ``DirectoryError`` with the code `badName` or `reservedName`.
  public init(_ text: String) throws(DirectoryError) {
    // ASCII before folding: some other letters fold into ASCII ones (the Kelvin sign into k).
    let folded = text.utf8.allSatisfy { $0 < 128 } ? text.lowercased() : ""
    let allowed = folded.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
    }
    guard allowed, (1...Name.longest).contains(folded.utf8.count) else {
      throw DirectoryError(
        .badName, cause: "A name has 1 to 30 letters a to z, digits and underscores.",
        remedy: "Check the spelling; give the part before the @ only.")
    }
    guard !Name.reserved.contains(folded) else {
      throw DirectoryError(
        .reservedName, cause: "The name “\(folded)” is used by Trunkline itself.",
        remedy: "Members with this name cannot use chat and calls here.")
    }
    self.text = folded
  }

  /// For names that were checked before they were stored.
  public init(stored text: String) { self.text = text }

  public var description: String { text }
}

/// A member's address: `alice@example.social`. The same text is the Mastodon handle, the XMPP address and the
/// SIP address.
public struct Handle: Sendable, Hashable, CustomStringConvertible {
  public let name: Name
  public let domain: String

  public init(name: Name, domain: String) {
    self.name = name
    self.domain = domain
  }

  public var description: String { "\(name)@\(domain)" }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// One app or phone of a member. It holds one password for each service.
public struct Device: Sendable, Equatable, Identifiable {
  /// Sixteen characters of Crockford's base 32: 80 random bits, so that an id tells nothing.
  public struct ID: Sendable, Hashable, CustomStringConvertible {
    public static let length = 16
    public let text: String

    /// - Throws: ``DirectoryError`` with the code `badIdentifier`.
    public init(_ text: String) throws(DirectoryError) {
      guard text.utf8.count == ID.length, text.utf8.allSatisfy({ ID.alphabet.contains($0) }) else {
        throw DirectoryError(
          .badIdentifier, cause: "That is not the id of a device.",
          remedy: "Take the id from the list of devices: sixteen letters and digits.")
      }
      self.text = text
    }

    public init(stored text: String) { self.text = text }
    public var description: String { text }

    private static let alphabet = Set("0123456789abcdefghjkmnpqrstvwxyz".utf8)
  }

  public let id: ID
  public let account: Account.ID
  public var name: DeviceName
  public let app: App
  public let services: Set<Service>
  public let createdAt: Timestamp
  public var expiresAt: Timestamp?
  public var revokedAt: Timestamp?

  public init(
    id: ID, account: Account.ID, name: DeviceName, app: App, services: Set<Service>,
    createdAt: Timestamp, expiresAt: Timestamp? = nil, revokedAt: Timestamp? = nil
  ) {
    self.id = id
    self.account = account
    self.name = name
    self.app = app
    self.services = services
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.revokedAt = revokedAt
  }

  /// Whether its passwords count at this moment.
  public func isLive(at now: Timestamp) -> Bool {
    revokedAt == nil && (expiresAt.map { now < $0 } ?? true)
  }
}

/// The apps that we know how to explain. Any other app works too.
public enum App: String, Sendable, CaseIterable {
  case conversations, dino, gajim, monal, other

  /// - Throws: ``DirectoryError`` with the code `badApp`.
  public init(checking text: String) throws(DirectoryError) {
    guard let app = App(rawValue: text) else {
      let known = App.allCases.map(\.rawValue).joined(separator: ", ")
      throw DirectoryError(.badApp, cause: "That app is not in the list.", remedy: "Choose one of: \(known).")
    }
    self = app
  }
}

/// What a member calls a device: any script, one line, at most 60 characters.
public struct DeviceName: Sendable, Hashable, CustomStringConvertible {
  public static let longest = 60

  public let text: String

  /// Trims white space at both ends.
  /// - Throws: ``DirectoryError`` with the code `badDeviceName`.
  public init(_ text: String) throws(DirectoryError) {
    var scalars = Substring(text).unicodeScalars
    while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
    while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    let trimmed = String(scalars)
    guard !trimmed.isEmpty else {
      throw DirectoryError(
        .badDeviceName, cause: "The device has no name.", remedy: "Give it a name you will recognise.")
    }
    // Bytes too: one character may carry any number of combining marks.
    guard trimmed.count <= DeviceName.longest, trimmed.utf8.count <= DeviceName.longest * 8 else {
      throw DirectoryError(
        .badDeviceName, cause: "The name is longer than \(DeviceName.longest) characters.",
        remedy: "Give it a shorter name.")
    }
    guard trimmed.unicodeScalars.allSatisfy({ !DeviceName.isForbidden($0) }) else {
      throw DirectoryError(
        .badDeviceName, cause: "The name contains characters that cannot be seen.",
        remedy: "Use letters, digits, spaces, signs and emoji.")
    }
    self.text = trimmed
  }

  public init(stored text: String) { self.text = text }
  public var description: String { text }

  /// Control characters, line breaks, and the marks that turn the direction of the text around them. The joiners
  /// U+200C and U+200D stay: Persian, Indic scripts and emoji need them.
  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: true
    case .format: scalar != "\u{200C}" && scalar != "\u{200D}" && !(0xE0020...0xE007F).contains(scalar.value)
    default: false
    }
  }
}

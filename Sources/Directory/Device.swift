// SPDX-License-Identifier: AGPL-3.0-or-later

/// One phone, computer or program of a member. It holds one password for each service that it is used for.
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
  /// The app that has the password, for each service.
  public let apps: [Service: App]
  public let createdAt: Timestamp
  public var expiresAt: Timestamp?
  public var revokedAt: Timestamp?

  public init(
    id: ID, account: Account.ID, name: DeviceName, apps: [Service: App],
    createdAt: Timestamp, expiresAt: Timestamp? = nil, revokedAt: Timestamp? = nil
  ) {
    self.id = id
    self.account = account
    self.name = name
    self.apps = apps
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.revokedAt = revokedAt
  }

  /// What it has passwords for.
  public var services: Set<Service> { Set(apps.keys) }

  /// Whether it is a web session: a browser that has passwords for a short while.
  public var isBrowser: Bool { apps.values.contains(where: \.isBrowser) }

  /// Whether its passwords count at this moment.
  public func isLive(at now: Timestamp) -> Bool {
    revokedAt == nil && (expiresAt.map { now < $0 } ?? true)
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

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// Where somebody, here or elsewhere, is reached by chat or calls: `bob@example.org`, which is a bare XMPP address
/// (RFC 7622) and the user and host of a SIP address. A service of a domain has no part before the `@`.
///
/// Folded, so that two texts for one address are equal. Domains are ASCII: names in other scripts are written in their
/// `xn--` form, as DNS and the home server write them.
public struct Address: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let local: String?
  public let domain: String

  /// Folds case and composes (NFC, RFC 8265 section 3.3). A leading `@`, `xmpp:`, `sip:` or `acct:` is left out, since
  /// people copy addresses from pages.
  /// - Throws: ``DirectoryError`` with the code `badAddress`.
  public init(_ text: String) throws(DirectoryError) {
    var rest = Substring(text.trimmingCharacters(in: .whitespacesAndNewlines))
    for prefix in ["xmpp:", "sip:", "acct:", "@"] where rest.lowercased().hasPrefix(prefix) {
      rest = rest.dropFirst(prefix.count)
      break
    }
    guard rest.utf8.count <= 3 * 1023 else { throw Address.refusal }
    let parts = rest.split(separator: "@", omittingEmptySubsequences: false)
    guard let domain = parts.last.map({ $0.lowercased() }), parts.count <= 2, Address.isDomain(domain) else {
      throw Address.refusal
    }
    var local: String?
    if parts.count == 2 {
      let folded = parts[0].lowercased().precomposedStringWithCanonicalMapping
      guard Address.isLocal(folded) else { throw Address.refusal }
      local = folded
    }
    self.local = local
    self.domain = domain
  }

  /// For addresses that were checked before they were stored.
  public init(stored text: String) {
    let parts = text.split(separator: "@", maxSplits: 1)
    local = parts.count == 2 ? String(parts[0]) : nil
    domain = parts.last.map(String.init) ?? ""
  }

  public init(_ handle: Handle) {
    local = handle.name.text
    domain = handle.domain
  }

  /// The member of this server behind the address; `nil` if it is elsewhere, or nobody here can have it.
  public func name(at domain: String) -> Name? {
    guard self.domain == domain, let local else { return nil }
    return try? Name(local)
  }

  public var description: String { local.map { "\($0)@\(domain)" } ?? domain }

  public static func < (left: Address, right: Address) -> Bool { left.description < right.description }

  private static let refusal = DirectoryError(
    .badAddress, cause: "That is not an address.",
    remedy: "An address looks like name@example.org; check the spelling.")

  /// Host names of DNS (RFC 1123 section 2.1): labels of letters, digits and hyphens.
  static func isDomain(_ text: String) -> Bool {
    let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return text.utf8.count <= 253
      && labels.allSatisfy { label in
        (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
          && label.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
              || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
          }
      }
  }

  /// RFC 7622 section 3.3.1 forbids some signs; what cannot be seen is refused too.
  private static func isLocal(_ text: String) -> Bool {
    (1...1023).contains(text.utf8.count)
      && text.unicodeScalars.allSatisfy { scalar in
        if "\"&'/:<>@".unicodeScalars.contains(scalar) { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate, .unassigned,
          .privateUse:
          return false
        default: return true
        }
      }
  }
}

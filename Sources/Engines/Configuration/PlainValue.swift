// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// What may stand in an engine's configuration file.
///
/// The engines' languages have no quoting that is safe for every text, so only characters that are plain in all of
/// them are let through.
enum PlainValue {
  /// A host name in small letters (RFC 1123, section 2.1).
  static func isHostName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 253
      && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
          && label.utf8.allSatisfy { isLowerOrDigit($0) || $0 == UInt8(ascii: "-") }
      }
  }

  static func isIPv4(_ text: String) -> Bool {
    var address = in_addr()
    return inet_pton(AF_INET, text, &address) == 1
  }

  static func isIPv6(_ text: String) -> Bool {
    var address = in6_addr()
    return inet_pton(AF_INET6, text, &address) == 1
  }

  static func isAddress(_ text: String) -> Bool { isIPv4(text) || isIPv6(text) }

  static func isLoopback(_ text: String) -> Bool { text.hasPrefix("127.") || text == "::1" }

  /// Whether two addresses are of one kind, so that one can stand for the other.
  static func isSameFamily(_ left: String, _ right: String) -> Bool { isIPv4(left) == isIPv4(right) }

  static func isPort(_ port: Int) -> Bool { (1...65_535).contains(port) }

  /// An absolute path of letters, digits and `. _ - + /`, of which no part begins with two dots.
  static func isPath(_ text: String) -> Bool {
    text.hasPrefix("/") && !text.contains("/../") && !text.hasSuffix("/..")
      && text.utf8.allSatisfy { isLowerOrDigit($0) || isUpper($0) || "._-+/".utf8.contains($0) }
  }

  /// `https://` with a host name and perhaps a port, as a browser writes an origin (RFC 6454, section 6.2).
  static func isOrigin(_ text: String) -> Bool {
    guard text.hasPrefix("https://") else { return false }
    let rest = text.dropFirst("https://".count)
    guard let colon = rest.lastIndex(of: ":") else { return isHostName(String(rest)) }
    let port = rest[rest.index(after: colon)...]
    return isHostName(String(rest[..<colon])) && port.utf8.allSatisfy(isDigit)
      && Int(port).map(isPort) ?? false
  }

  /// A secret as `openssl rand` writes one, in base 16 or 64.
  static func isToken(_ text: String) -> Bool {
    (16...512).contains(text.utf8.count)
      && text.utf8.allSatisfy { isLowerOrDigit($0) || isUpper($0) || "+/=_-".utf8.contains($0) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isUpper(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }

  private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

extension Setting {
  /// What is wrong with a value, with what would be right; `nil` if nothing is.
  func complaint(about values: [String]) -> (cause: String, remedy: String)? {
    if kind.isList, values.isEmpty {
      return ("“\(key)” is an empty list.", "Name at least one address, or remove the key.")
    }
    if !kind.isList, values.count != 1 {
      return ("“\(key)” holds one value, not a list.", "Write one value behind the colon.")
    }
    return values.lazy.compactMap(complaint(about:)).first
  }

  private func complaint(about value: String) -> (cause: String, remedy: String)? {
    let holds =
      switch kind {
      case .hostName: Setting.isHostName(value)
      case .origin: Setting.isOrigin(value, scheme: "https")
      case .upstream: Setting.isOrigin(value, scheme: "http")
      case .path: value.hasPrefix("/") && !value.contains("\u{0}") && !value.contains("\n")
      case .listen: Setting.hostAndPort(value) != nil
      case .addresses, .address: Setting.isAddress(value)
      case .ownAddresses: Setting.isAddress(value) && !Setting.isUnspecified(value)
      case .contacts: Setting.isContact(value)
      case .ports: Setting.ports(value) != nil
      case .identifier: value.wholeMatch(of: #/[A-Za-z0-9_-]{1,64}/#) != nil
      case .flag: value == "yes" || value == "no"
      case .integer(let range): Int(value).map(range.contains) ?? false
      case .choice(let words): words.contains(value)
      }
    guard !holds else { return nil }
    let expected =
      switch kind {
      case .hostName: "a host name, such as example.social"
      case .origin: "https:// and a host name, without a path, such as https://chat.example.social"
      case .upstream: "http:// with host and port, such as http://127.0.0.1:3000"
      case .path: "an absolute path, beginning with /"
      case .listen: "an address and a port, such as 127.0.0.1:8480"
      case .addresses: "a list of IP addresses, such as [127.0.0.1]"
      case .ownAddresses:
        "a list of addresses that this machine has, such as [198.51.100.7]; not 0.0.0.0 or ::, since phones are told them"
      case .address: "an IP address, such as 127.0.0.1"
      case .contacts: "a list of addresses, such as [mailto:admin@example.social, xmpp:admin@example.social]"
      case .ports: "a range of at least \(Setting.smallestRange) ports from 1024 on, such as 30000-39999"
      case .identifier: "an id of 1 to 64 letters, digits, - and _"
      case .flag: "yes or no"
      case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
      case .choice(let words): "one of \(words.joined(separator: ", "))"
      }
    return ("“\(key)” cannot be “\(value.prefix(80))”.", "Give \(expected).")
  }

  static func isHostName(_ text: String) -> Bool {
    guard (1...253).contains(text.utf8.count), text == text.lowercased() else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy { byte in
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
    }
  }

  static func isOrigin(_ text: String, scheme: String) -> Bool {
    guard let url = URLComponents(string: text), url.scheme == scheme, let host = url.host,
      url.path.isEmpty, url.query == nil, url.fragment == nil, url.user == nil, url.password == nil,
      url.port.map((1...65_535).contains) ?? true
    else { return false }
    return isHostName(host) || isAddress(host)
  }

  /// A `mailto:` or `xmpp:` address, or an https page. It is shown to strangers, so it is ASCII without spaces.
  static func isContact(_ text: String) -> Bool {
    guard text.utf8.count <= 1_000, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      let url = URLComponents(string: text)
    else { return false }
    return switch url.scheme {
    case "mailto", "xmpp": url.host == nil && url.path.wholeMatch(of: #/[^@/]+@[^@/]+/#) != nil
    case "https": url.host.map { isHostName($0) || isAddress($0) } ?? false
    default: false
    }
  }

  static func isAddress(_ text: String) -> Bool {
    var four = in_addr()
    var six = in6_addr()
    return inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1
  }

  /// Whether it is `0.0.0.0` or `::`, however it is written.
  static func isUnspecified(_ text: String) -> Bool {
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 { return four.s_addr == 0 }
    guard inet_pton(AF_INET6, text, &six) == 1 else { return false }
    return withUnsafeBytes(of: six) { bytes in bytes.allSatisfy { $0 == 0 } }
  }

  static let smallestRange = 20

  /// `30000-39999`; no port below 1024, and not so few that a handful of calls would use them up.
  static func ports(_ text: String) -> ClosedRange<Int>? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
      let first = Int(ends[0]), let last = Int(ends[1]), first >= 1024, last <= 65_535,
      last - first >= smallestRange - 1
    else { return nil }
    return first...last
  }

  /// `127.0.0.1:8480` or `[::1]:8480`.
  static func hostAndPort(_ text: String) -> (host: String, port: Int)? {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (1...65_535).contains(port)
    else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    return isAddress(host) ? (host, port) : nil
  }
}

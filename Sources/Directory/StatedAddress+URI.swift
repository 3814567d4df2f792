// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

extension StatedAddress {
  /// What `xmpp:bob@example.org` (RFC 5122) or `sip:bob@example.org` (RFC 3261 section 19.1) names. Resource, query,
  /// parameters and headers are left out.
  ///
  /// - Returns: `nil` for every other scheme, for whole servers, for rooms (`?join`), for a URI that says which account to use
  ///   (`xmpp://`), and for SIP addresses with a port or a password, which are more than an address.
  public init?(uri: String) {
    guard uri.utf8.count <= 3_200, let colon = uri.firstIndex(of: ":") else { return nil }
    let service: Service
    switch uri[..<colon].lowercased() {
    case "xmpp": service = .xmpp
    case "sip", "sips": service = .sip
    default: return nil
    }
    var rest = uri[uri.index(after: colon)...]
    if let query = rest.firstIndex(of: "?") {
      let action = rest[rest.index(after: query)...].lowercased().prefix { $0.isLetter }
      if service == .xmpp, action == "join" { return nil }
      rest = rest[..<query]
    }
    if let fragment = rest.firstIndex(of: "#") { rest = rest[..<fragment] }
    if service == .sip, let parameters = rest.firstIndex(of: ";") { rest = rest[..<parameters] }
    guard !rest.hasPrefix("/"), !rest.hasPrefix("@") else { return nil }
    if service == .xmpp, let resource = rest.firstIndex(of: "/") { rest = rest[..<resource] }
    // What is written as an escape may be part of an address, but no mark that divides one.
    guard let text = rest.removingPercentEncoding, !text.contains(":"), !text.hasPrefix("@"),
      !text.contains(where: \.isWhitespace), let address = try? Address(text), address.local != nil
    else { return nil }
    self.init(service: service, address: address)
  }
}

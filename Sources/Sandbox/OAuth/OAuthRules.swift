// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
import Foundation

/// The fixed rules of Mastodon's OAuth: scopes, redirect addresses, PKCE.
enum OAuthRules {
  /// The redirect address that shows the code instead of sending it anywhere.
  static let outOfBand = "urn:ietf:wg:oauth:2.0:oob"

  /// Every scope that Mastodon knows.
  static let scopes: [String] = {
    let read = [
      "accounts", "blocks", "bookmarks", "favourites", "filters", "follows", "lists", "mutes",
      "notifications", "search", "statuses",
    ]
    let write = [
      "accounts", "blocks", "bookmarks", "conversations", "favourites", "filters", "follows", "lists",
      "media", "mutes", "notifications", "reports", "statuses",
    ]
    let admin = [
      "accounts", "reports", "domain_allows", "domain_blocks", "ip_blocks", "email_domain_blocks",
      "canonical_email_blocks",
    ]
    return ["read", "profile", "write"] + write.map { "write:\($0)" } + read.map { "read:\($0)" }
      + ["follow", "push", "admin:read"] + admin.map { "admin:read:\($0)" } + ["admin:write"]
      + admin.map { "admin:write:\($0)" }
  }()

  /// The scope of a client that names none.
  static let defaultScopes = ["read"]

  /// Splits a scope parameter; each scope once, in order.
  static func split(_ text: String) -> [String] {
    var seen = Set<String>()
    return text.split(whereSeparator: \.isWhitespace).map(String.init).filter { seen.insert($0).inserted }
  }

  /// What is wrong with a redirect address of a registration, in Mastodon's words; nil when it is fine.
  static func fault(ofRedirect address: String) -> String? {
    if address == outOfBand { return nil }
    guard address.unicodeScalars.allSatisfy({ $0.isASCII && $0.value > 0x20 }), !address.contains("\\"),
      let parts = URLComponents(string: address)
    else { return "must be a valid URI." }
    let scheme = parts.scheme?.lowercased()
    if ["data", "vbscript", "javascript"].contains(scheme) { return "is forbidden by the server." }
    if parts.fragment != nil { return "cannot contain a fragment." }
    guard let scheme else { return "must be an absolute URI." }
    if ["http", "https"].contains(scheme), parts.host?.isEmpty ?? true { return "must be an absolute URI." }
    return nil
  }

  /// Whether an address of an authorization request is one of the registered ones. The query may differ when
  /// none was registered, the port may differ on loopback (RFC 8252, section 7.3).
  static func redirect(_ address: String, matches registered: [String]) -> Bool {
    guard fault(ofRedirect: address) == nil else { return false }
    return registered.contains { candidate in
      if address == candidate { return true }
      guard address != outOfBand, candidate != outOfBand, var mine = URLComponents(string: address),
        var theirs = URLComponents(string: candidate)
      else { return false }
      if theirs.query != nil, theirs.query != mine.query { return false }
      (mine.query, theirs.query) = (nil, nil)
      if ["127.0.0.1", "[::1]"].contains(theirs.host) { (mine.port, theirs.port) = (nil, nil) }
      return mine.string == theirs.string
    }
  }

  /// The S256 challenge of a verifier (RFC 7636, section 4.2).
  static func challenge(of verifier: String) -> String {
    Data(SHA256.hash(data: Data(verifier.utf8))).urlSafeBase64
  }
}

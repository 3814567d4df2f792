// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// An answer of the home server, read to its end.
struct HomeReply: Sendable {
  let status: Int
  let body: Data
  let contentType: String?
  let link: String?
  let location: String?
  let limit: RateLimitNotice

  var isJSON: Bool {
    guard
      let type = contentType?.lowercased().split(separator: ";").first?.trimmingCharacters(in: .whitespaces)
    else { return false }
    return type == "application/json" || (type.hasPrefix("application/") && type.hasSuffix("+json"))
  }

  /// Reads the body of a success.
  func decode<Value: Decodable>(_ type: Value.Type, for purpose: String) throws(HomeServerError) -> Value {
    guard let value = try? JSONDecoder.mastodon.decode(type, from: body) else {
      throw HomeServerError(
        .notUnderstood, cause: "The home server's answer (\(purpose)) is not what its API promises.",
        remedy:
          "Check that the address leads to the home server itself; if it does, tell us its software and version.",
        status: status)
    }
    return value
  }
}

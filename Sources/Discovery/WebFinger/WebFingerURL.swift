// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation

/// Where a question or a redirect leads: https, a name, our port, nothing else.
struct WebFingerURL: Sendable, Hashable {
  let host: String
  let port: Int
  /// Path and query, escaped.
  let target: String

  /// The question about an account (RFC 7033 section 4).
  init(about account: Address, port: Int) {
    host = account.domain
    self.port = port
    let resource =
      "acct:\(account)".addingPercentEncoding(
        withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "-._~")))
      ?? ""
    target = "/.well-known/webfinger?resource=\(resource)"
  }

  /// Where a redirect leads.
  /// - Returns: `nil` if it leaves https or the port, carries a name and password, or leads to an address without a name.
  init?(redirect location: String, from origin: WebFingerURL) {
    guard location.utf8.count <= 2_048, location.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      let base = URL(string: origin.text),
      let parts = URL(string: location, relativeTo: base).flatMap({
        URLComponents(url: $0.absoluteURL, resolvingAgainstBaseURL: true)
      }),
      parts.scheme?.lowercased() == "https", parts.user == nil, parts.password == nil,
      let host = parts.host?.lowercased(), (try? Address(host))?.description == host
    else { return nil }
    guard (parts.port ?? 443) == origin.port else { return nil }
    self.host = host
    port = origin.port
    let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
    target = path + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
  }

  var text: String { "https://\(host)\(port == 443 ? "" : ":\(port)")\(target)" }
}

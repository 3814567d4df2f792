// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// Scheme, host and port: what two URLs must share for us to trust one as we trust the other (RFC 6454,
/// section 4).
struct Origin: Sendable, Hashable, CustomStringConvertible {
  let scheme: String
  let host: String
  let port: Int

  /// `nil` for what is not an absolute http or https URL, or carries a user name.
  init?(_ url: URL) {
    guard
      let parts = URLComponents(url: url, resolvingAgainstBaseURL: true), parts.user == nil,
      parts.password == nil,
      let scheme = parts.scheme?.lowercased(), scheme == "https" || scheme == "http",
      let host = parts.host?.lowercased(), !host.isEmpty
    else { return nil }
    self.scheme = scheme
    self.host = host
    self.port = parts.port ?? (scheme == "https" ? 443 : 80)
  }

  /// For the URL of a ``HomeServerAddress``, which has passed its checks.
  init(checked url: URL) {
    scheme = url.scheme ?? "https"
    host = url.host ?? ""
    port = url.port ?? (scheme == "https" ? 443 : 80)
  }

  /// Reads an URL that the server sent, and keeps it only if it is of this origin.
  func accept(_ text: String) -> URL? {
    guard text.utf8.count <= 2_000, let url = URL(string: text), let other = Origin(url), other == self else {
      return nil
    }
    return url
  }

  var description: String { "\(scheme)://\(host):\(port)" }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation

/// Where the home server is, as the admin configured it.
public struct HomeServerAddress: Sendable, Hashable {
  /// What stands behind the `@` (Mastodon's LOCAL_DOMAIN), in lower case.
  public let domain: String
  /// Scheme, host and port of its web pages and API (Mastodon's WEB_DOMAIN), without a path.
  public let baseURL: URL
  /// Connect to this host or IP address instead of what DNS says. The name in the certificate is still
  /// checked against ``baseURL``.
  public let connectAddress: String?
  /// A PEM file with a trust root to accept besides the system's.
  public let caFile: String?

  /// - Throws: ``HomeServerError`` with the code `badAddress`. Plain `http` passes for loopback names only.
  public init(
    domain: String, baseURL: URL, connectAddress: String? = nil, caFile: String? = nil
  ) throws(HomeServerError) {
    let domain = domain.lowercased()
    guard Self.isHost(domain) else {
      throw Self.bad(
        "“\(domain.printable(limit: 80))” is not a domain.",
        "Give what stands behind the @, like example.social.")
    }
    guard
      let parts = URLComponents(url: baseURL, resolvingAgainstBaseURL: false),
      let scheme = parts.scheme?.lowercased(), let host = parts.host?.lowercased(), !host.isEmpty
    else {
      throw Self.bad(
        "The home server's URL has no host.", "Give a URL like https://example.social.")
    }
    guard
      parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil,
      parts.path.isEmpty || parts.path == "/"
    else {
      throw Self.bad(
        "The home server's URL has more than scheme, host and port.",
        "Give a URL like https://example.social.")
    }
    guard scheme == "https" || (scheme == "http" && Self.isLoopback(host)) else {
      throw Self.bad(
        "The home server's URL is not https.",
        "Use https; plain http is for servers on this very machine only.")
    }
    if let connectAddress, !Self.isHost(connectAddress.lowercased()) {
      throw Self.bad(
        "The connect address is neither an IP address nor a host name.", "Give it without scheme and port.")
    }
    var clean = URLComponents()
    clean.scheme = scheme
    clean.host = host
    clean.port = parts.port
    guard let url = clean.url else {
      throw Self.bad("The home server's URL cannot be read.", "Give a URL like https://example.social.")
    }
    self.domain = domain
    self.baseURL = url
    self.connectAddress = connectAddress
    self.caFile = caFile
  }

  var origin: Origin { Origin(checked: baseURL) }

  private static func bad(_ cause: String, _ remedy: String) -> HomeServerError {
    HomeServerError(.badAddress, cause: cause, remedy: remedy)
  }

  private static func isHost(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 253
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
          UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
          true
        default: false
        }
      }
  }

  static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host.hasSuffix(".localhost") || host == "127.0.0.1" || host == "::1"
      || host == "[::1]"
  }
}

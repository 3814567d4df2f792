// SPDX-License-Identifier: AGPL-3.0-or-later

extension NginxConfiguration {
  /// Throws if a value could mean something else than it should in nginx's language.
  ///
  /// nginx has no quoting that is safe for every text, so only characters that are plain everywhere are let through.
  func validate() throws {
    let hosts = [portalHost, uploadHost] + (homeServer.map { [$0.host] } ?? [])
    for host in hosts where !PlainValue.isHostName(host) {
      throw Self.invalid(
        "“\(host)” is no host name", "Write it in small letters, such as chat.example.social.")
    }
    guard Set(hosts).count == hosts.count else {
      throw Self.invalid(
        "two of the hosts \(hosts.joined(separator: ", ")) are the same",
        "Give the portal and the uploads a host name each: they must be origins of their own.")
    }
    for port in [httpsPort] where !(1...65535).contains(port) {
      throw Self.invalid("the port \(port) does not exist", "Name a port from 1 to 65535.")
    }
    guard uploadSizeMegabytes > 0 else {
      throw Self.invalid("uploads of \(uploadSizeMegabytes) MB are none", "Name a size of 1 MB or more.")
    }
    guard !interfaces.isEmpty else {
      throw Self.invalid("nginx has no address to listen at", "Name at least one, such as 127.0.0.1 or ::.")
    }
    for address in interfaces where !PlainValue.isAddress(address) {
      throw Self.invalid("“\(address)” is no IP address", "Name one such as 127.0.0.1 or ::.")
    }
    for upstream in [portalUpstream, xmppUpstream] + [sipUpstream, homeServer?.upstream].compactMap(\.self)
    where !Self.isUpstream(upstream) {
      throw Self.invalid(
        "“\(upstream)” is no address to proxy to", "Write it as http://ADDRESS:PORT, without a path.")
    }
    for path in [certificate, certificateKey] where !Self.isPath(path) {
      throw Self.invalid(
        "the path “\(path)” cannot be written into nginx's configuration",
        "Use an absolute path of letters, digits and . _ - + @ / only.")
    }
  }

  private static func invalid(_ cause: String, _ remedy: String) -> EngineError {
    EngineError(.configuration, cause: "nginx: \(cause).", remedy: remedy)
  }

  private static func isUpstream(_ text: String) -> Bool {
    guard text.hasPrefix("http://") else { return false }
    let rest = text.dropFirst("http://".count)
    guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...]),
      PlainValue.isPort(port)
    else { return false }
    let host = rest[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      return PlainValue.isIPv6(String(host.dropFirst().dropLast()))
    }
    return PlainValue.isHostName(String(host))
  }

  /// nginx, unlike others, has no meaning for an @ in a path.
  private static func isPath(_ text: String) -> Bool { PlainValue.isPath(text.replacing("@", with: "")) }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

extension XMPPLink {
  /// The longest notice, in bytes.
  public static let longestNotice = 16 * 1_024

  /// Tells a member something, in the server's name (XEP-0356, section 5.3). The server keeps it for who is away.
  ///
  /// - Returns: once the server has taken it. After `interrupted` or `timedOut` it may have; told again, it is told twice.
  /// - Throws: ``LinkError``; `badValue` for an empty text, `tooLarge` for one of more than ``longestNotice`` bytes,
  ///   `notPrivileged` if the server does not let us write.
  public func notify(_ name: Name, _ text: String) async throws(LinkError) {
    guard !text.isEmpty else {
      throw LinkError(.badValue, cause: "A notice without text.", remedy: "Say something.")
    }
    guard text.utf8.count <= Self.longestNotice else {
      throw LinkError(
        .tooLarge, cause: "A notice has at most \(Self.longestNotice / 1_024) KiB.", remedy: "Say less.")
    }
    let privileges = state.privileges
    if let privileges, !privileges.mayWrite { throw .notPrivileged("writing in the server's name") }
    try await deliver(
      Self.notice(
        text, to: "\(name)@\(settings.domain)", from: settings.domain, privileges?.version ?? .second))
  }

  static func notice(_ text: String, to: String, from: String, _ version: Privileges.Version) -> Element {
    let body = Element("body", LinkNamespace.client, text: text)
    // Of the clients' namespace, as whoever gets it will read it.
    let message = Element(
      "message", LinkNamespace.client, ["type": "chat", "to": to, "from": from], [body])
    let forwarded = Element("forwarded", LinkNamespace.forward, [:], [message])
    return Element("privilege", version.rawValue, [:], [forwarded])
  }
}

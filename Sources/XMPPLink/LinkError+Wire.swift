// SPDX-License-Identifier: AGPL-3.0-or-later

extension LinkError {
  /// What a stream's error means for us (RFC 6120, section 4.9.3; XEP-0114 speaks the same).
  init(streamError element: Element) {
    let condition = element.children.first { child in
      child.namespace == LinkNamespace.streamErrors && child.name != "text"
    }?.name
    let said = Self.said(condition, element.child("text", LinkNamespace.streamErrors)?.text)
    switch condition {
    case "not-authorized":
      self.init(
        .wrongSecret, cause: "The chat server refuses the component's secret.",
        remedy: "Run “trunkline engines write” again and reload Prosody, so that both read the same secret.")
    case "conflict":
      self.init(
        .conflict, cause: "Another component is connected to the chat server by our name.",
        remedy: "See whether a second daemon runs; the link tries again by itself.")
    case "host-unknown", "host-gone":
      self.init(
        .unknownHost, cause: "The chat server has no component of that name.",
        remedy: "Run “trunkline engines write” again and reload Prosody.")
    case "policy-violation", "resource-constraint":
      self.init(
        condition == "policy-violation" ? .refused : .busy,
        cause: "The chat server ended the stream: it was too much for it (\(said)).",
        remedy: "See its log; the link tries again by itself.")
    case "system-shutdown", "reset":
      self.init(
        .unreachable, cause: "The chat server is being stopped.",
        remedy: "Start it; the link comes back by itself.")
    case "connection-timeout", "remote-connection-failed":
      self.init(
        .timedOut, cause: "The chat server heard nothing from the link.",
        remedy: "The link tries again by itself.")
    case "bad-format", "bad-namespace-prefix", "improper-addressing", "invalid-namespace", "invalid-xml",
      "not-well-formed", "restricted-xml", "unsupported-encoding", "unsupported-stanza-type",
      "unsupported-version":
      self.init(
        .malformed, cause: "The chat server does not understand the link (\(said)).",
        remedy: "Check that the port is that of its components; else report it.")
    default:
      self.init(
        .refused, cause: "The chat server ended the stream (\(said)).",
        remedy: "See its log; the link tries again by itself.")
    }
  }

  /// What a stanza's error means for who asked (RFC 6120, section 8.3.3).
  init(stanzaError stanza: Element) {
    let error = stanza.children.first { $0.name == "error" && $0.namespace == stanza.namespace }
    let condition = error?.children.first { child in
      child.namespace == LinkNamespace.stanzaErrors && child.name != "text"
    }?.name
    let said = Self.said(condition, error?.child("text", LinkNamespace.stanzaErrors)?.text)
    switch condition {
    case "item-not-found":
      self.init(
        .notFound, cause: "The chat server knows no such member, or nothing of the kind about them.",
        remedy: "Check the name, and that chat is on for it.")
    case "forbidden", "not-allowed", "not-authorized":
      self = .notPrivileged(said)
    case "service-unavailable", "feature-not-implemented":
      self.init(
        .unsupported, cause: "The chat server does not know what it is asked (\(said)).",
        remedy: "Run “trunkline engines write” again and restart Prosody, so that its modules fit the daemon."
      )
    case "resource-constraint", "policy-violation":
      self.init(
        .busy, cause: "It is too much for the chat server (\(said)).", remedy: "Try again later.")
    // RFC 6120, section 8.3.2: the same may be asked again later.
    case _ where error?["type"] == "wait":
      self.init(
        .busy, cause: "The chat server cannot do it at the moment (\(said)).",
        remedy: "Try again later; if it stays so, see its log.")
    default:
      self.init(
        .refused, cause: "The chat server refuses (\(said)).", remedy: "See its log for the reason.")
    }
  }

  static func notPrivileged(_ what: String) -> LinkError {
    LinkError(
      .notPrivileged, cause: "The chat server does not let its component do this (\(what)).",
      remedy: "Check “privileged_entities” in Prosody's configuration: “trunkline engines write” writes it.")
  }

  static let closedByServer = LinkError(
    .unreachable, cause: "The chat server closed the connection.",
    remedy: "See whether it runs; the link comes back by itself.")

  static func unreachable(_ host: String, _ port: Int) -> LinkError {
    LinkError(
      .unreachable, cause: "Nothing listens for components at \(host), port \(port).",
      remedy: "See whether the chat server runs and listens there; the link tries again by itself.")
  }

  /// After a question was sent whose answer will not come.
  static func interrupted(by cause: String) -> LinkError {
    LinkError(
      .interrupted, cause: "It is not known whether the chat server has done it: \(cause)",
      remedy: "Ask again; that does no harm.")
  }

  static let unanswered = LinkError(
    .timedOut, cause: "The chat server has not answered in time; it is not known whether it has done it.",
    remedy: "Ask again; that does no harm. If it stays so, see whether the server is overloaded.")

  static func notUnderstood(_ what: String) -> LinkError {
    LinkError(
      .malformed, cause: "The chat server's answer is not understood: \(what).",
      remedy: "Check that its modules are of the same version as the daemon.")
  }

  /// The condition and its text, for people. Strangers may have written it: bounded, in one line.
  private static func said(_ condition: String?, _ text: String?) -> String {
    let name = condition ?? "undefined-condition"
    guard let text, !text.isEmpty else { return String(name.prefix(100)) }
    let line = text.unicodeScalars.prefix(200).map { scalar in
      scalar.properties.generalCategory == .control ? " " : String(scalar)
    }
    return "\(name.prefix(100)): \(line.joined())"
  }
}

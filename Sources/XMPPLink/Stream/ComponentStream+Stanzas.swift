// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory

extension ComponentStream {
  static func isAnswer(_ stanza: Element) -> Bool {
    switch (stanza.name, stanza["type"]) {
    case ("iq", "result"), ("iq", "error"), ("message", "error"): true
    default: false
    }
  }

  /// What a stanza comes to. Anybody may write to the component; only the domain itself is listened to.
  func stanza(_ stanza: Element) -> [Action] {
    // Prosody leaves the namespace out, which makes it the stream's; what it only passes on may have the clients'.
    guard stanza.namespace == LinkNamespace.component || stanza.namespace == LinkNamespace.client else {
      return []
    }
    if Self.isAnswer(stanza) { return [.answer(stanza)] }
    switch stanza.name {
    case "iq": return reply(to: stanza).map { [.send($0)] } ?? []
    case "message" where stanza["from"] == domain:
      if let privileges = Privileges(message: stanza) { return [.privileged(privileges)] }
      guard let changed = stanza.child("changed", LinkNamespace.link)?["name"], let name = try? Name(changed)
      else {
        return []
      }
      return [.changed(name)]
    default: return []
    }
  }

  /// Every question has an answer (RFC 6120, section 8.2.3). Ours: the domain may ask whether we live, and nobody anything
  /// else.
  private func reply(to question: Element) -> String? {
    guard question["type"] == "get" || question["type"] == "set", let id = question["id"],
      let asker = question["from"], question["to"] == component
    else { return nil }
    var reply = Element(
      "iq", LinkNamespace.component, ["type": "result", "id": id, "to": asker, "from": component])
    if asker != domain || question["type"] != "get" || question.child("ping", LinkNamespace.ping) == nil {
      reply.attributes["type"] = "error"
      let condition = Element("service-unavailable", LinkNamespace.stanzaErrors)
      reply.nodes = [.element(Element("error", LinkNamespace.component, ["type": "cancel"], [condition]))]
    }
    return try? reply.serialised(within: LinkNamespace.component)
  }
}

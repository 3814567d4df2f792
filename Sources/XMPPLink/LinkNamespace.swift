// SPDX-License-Identifier: AGPL-3.0-or-later

/// The namespaces that are spoken on the link.
enum LinkNamespace {
  static let component = "jabber:component:accept"
  static let client = "jabber:client"
  static let streams = "http://etherx.jabber.org/streams"
  static let streamErrors = "urn:ietf:params:xml:ns:xmpp-streams"
  static let stanzaErrors = "urn:ietf:params:xml:ns:xmpp-stanzas"
  static let roster = "jabber:iq:roster"
  static let ping = "urn:xmpp:ping"
  static let forward = "urn:xmpp:forward:0"
  static let delay = "urn:xmpp:delay"
  static let hints = "urn:xmpp:hints"
  /// Ours: a call that was missed.
  static let calls = "urn:trunkline:calls:1"
  /// Ours: what XEP-0356 lacks.
  static let link = "urn:trunkline:link:1"
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

extension StatedAddress {
  /// How much of a field is read, in bytes, and how many addresses of a profile count.
  private static let mostText = 8_192
  private static let mostAddresses = 5

  /// Names of fields that say what the address in the value is for, so that it needs no `xmpp:` before it.
  private static let names: [String: Service] = [
    "xmpp": .xmpp, "jabber": .xmpp, "xmpp/jabber": .xmpp, "jabber/xmpp": .xmpp, "sip": .sip,
  ]

  /// The addresses that a profile states, in their order.
  ///
  /// A statement is a link to `xmpp:…` or `sip:…`, such a text, or a field that is called “XMPP”, “Jabber” or “SIP” and
  /// holds one address and nothing else. An address alone says nothing: it may be for e-mail, or somebody's handle. That
  /// Mastodon marks a link as verified (`verified_at`) is about pages and counts for nothing here.
  ///
  /// - Parameter fields: names and values as the home server's API gives them: values in HTML or as text.
  public static func stated(in fields: [(name: String, value: String)]) -> [StatedAddress] {
    var found: [StatedAddress] = []
    for field in fields.prefix(20) {
      guard field.value.utf8.count <= mostText else { continue }
      let text = ProfileText(field.value)
      var stated = text.links.compactMap(StatedAddress.init(uri:)) + text.statements
      let name = ProfileText(field.name).words.joined(separator: " ").lowercased()
      if stated.isEmpty, let service = names[name], text.words.count == 1,
        let address = try? Address(text.words[0]), let one = StatedAddress(service, address)
      {
        stated = [one]
      }
      for address in stated where !found.contains(address) { found.append(address) }
    }
    return Array(found.prefix(mostAddresses))
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Testing

@testable import HomeServer

/// What the fields of a profile state, as home servers really give them.
@Suite struct ProfileFieldTests {
  static let table: [(name: String, value: String, stated: [String])] = [
    ("XMPP", "xmpp:bob@example.org", ["xmpp:bob@example.org"]),
    ("XMPP", "bob@example.org", ["xmpp:bob@example.org"]),
    ("Jabber", "<p>Bob@Example.org</p>", ["xmpp:bob@example.org"]),
    (
      "Chat", #"<a href="xmpp:bob@example.org" rel="me nofollow noopener" target="_blank">write me</a>"#,
      ["xmpp:bob@example.org"]
    ),
    (
      "Chat", #"<a class="u-url" href='xmpp:bob@example.org?message&amp;x=1'>me</a>"#,
      ["xmpp:bob@example.org"]
    ),
    ("Chat", "write to xmpp:bob@example.org.", ["xmpp:bob@example.org"]),
    ("Chat", "xmpp:bob@example.org, sip:bob@example.net", ["xmpp:bob@example.org", "sip:bob@example.net"]),
    ("Chat", "(xmpp:bob@example.org)", ["xmpp:bob@example.org"]),
    ("SIP", "sip:bob@example.org", ["sip:bob@example.org"]),
    ("SIP", "bob@example.org", ["sip:bob@example.org"]),
    // An address alone says nothing: it may be for e-mail, or a handle.
    ("Contact", "bob@example.org", []), ("E-mail", "mailto:bob@example.org", []),
    ("XMPP", "ask me for it", []), ("XMPP", "bob@example.org or carol@example.org", []),
    // Mastodon makes a mention of it: that is somebody's page, and no address.
    (
      "XMPP",
      #"<span class="h-card"><a href="https://example.org/@bob" class="u-url mention">@<span>bob</span></a></span>"#,
      []
    ),
    // A verified link is a page that links back.
    (
      "Site",
      #"<a href="https://bob.example/" rel="me"><span class="invisible">https://</span><span>bob.example/</span></a>"#,
      []
    ),
    ("XMPP", "xmpp:room@rooms.example.org?join", []), ("XMPP", "xmpp:example.org", []),
    ("XMPP", #"<a href="javascript:xmpp:bob@example.org">x</a>"#, []),
    ("XMPP", "<a href=\"xmpp:bob@example.org", ["xmpp:bob@example.org"]), ("XMPP", "<<<>>><", []),
    ("XMPP", "&#x110000;&#99999999;&x", []),
    ("XMPP", "bob\u{202E}@example.org", []), ("XMPP", "bob@exämple.org", []), ("XMPP", "", []),
    ("XMPP", "xmpp:bob@example.org xmpp:BOB@example.org", ["xmpp:bob@example.org"]),
    ("<b>XMPP</b>", "bob@example.org", ["xmpp:bob@example.org"]),
    (
      "XMPP", "xmpp:bob@example.org<br>xmpp:bob@example.net",
      ["xmpp:bob@example.org", "xmpp:bob@example.net"]
    ),
  ]

  @Test(arguments: table.indices) func field(row: Int) {
    let (name, value, stated) = Self.table[row]
    #expect(Self.read([(name, value)]) == stated, "\(name): \(value)")
  }

  @Test func addressesAreFewAndTextIsShort() {
    let many = (0..<50).map { (name: "XMPP", value: "xmpp:bob\($0)@example.org") }
    #expect(Self.read(many).count == 4)
    let giant = "xmpp:bob@example.org " + String(repeating: "<a href=\"", count: 100_000)
    #expect(Self.read([("XMPP", giant)]).isEmpty)
  }

  private static func read(_ fields: [(name: String, value: String)]) -> [String] {
    ProfileField.stated(in: fields.map { ProfileField(name: $0.name, value: $0.value) })
      .map { "\($0.service):\($0.address)" }
  }
}

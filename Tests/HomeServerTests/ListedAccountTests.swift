// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import Testing

@testable import HomeServer

@Suite struct ListedAccountTests {
  private static func stated(_ name: String, _ value: String) -> [String] {
    ProfileField.stated(in: [ProfileField(name: name, value: value)]).map {
      "\($0.service.rawValue) \($0.address)"
    }
  }

  @Test(arguments: [
    ("XMPP", "alice@example.org", ["xmpp alice@example.org"]),
    ("Jabber / XMPP", "Alice@Example.ORG", ["xmpp alice@example.org"]),
    ("Chat", "alice@example.org", ["xmpp alice@example.org"]),
    ("SIP", "alice@example.org", ["sip alice@example.org"]),
    ("VoIP", "sip:alice@example.org;transport=tls", ["sip alice@example.org"]),
    (
      "Web", "<a href=\"xmpp:alice@example.org?message\" rel=\"me\">xmpp:alice@example.org</a>",
      ["xmpp alice@example.org"]
    ),
    (
      "📫", "write to xmpp:alice@example.org or call sips:al@tel.example",
      ["xmpp alice@example.org", "sip al@tel.example"]
    ),
    ("XMPP", "<p><span>alice</span>@<span>example.org</span></p>", ["xmpp alice@example.org"]),
    ("x", "xmpp:a%6Cice@example.org", ["xmpp alice@example.org"]),
    ("x", "xmpp:alice@example.org<br>or by mail", ["xmpp alice@example.org"]),
    ("x", "(xmpp:alice@example.org)", ["xmpp alice@example.org"]),
  ])
  func anAddressIsRead(_ name: String, _ value: String, _ expected: [String]) {
    #expect(Self.stated(name, value) == expected)
  }

  @Test(arguments: [
    // Mail, a Mastodon handle and a web page are no chat addresses.
    ("E-mail", "alice@example.org"), ("Web", "<a href=\"https://example.org/@alice\">example.org/@alice</a>"),
    ("Chat", "ask me"), ("Chat", "https://chat.example.org"), ("XMPP", "alice@example.org, bob@example.org"),
    ("XMPP", ""), ("XMPP", "@"), ("XMPP", "alice@localhost"), ("XMPP", "example.org"),
    ("xmpp", "xmpp:example.org"),
    ("x", "xmpp:@example.org"), ("x", "xmpp:alice@"), ("x", "xmpp:alice@ example.org"),
    ("x", "xmpp:alice@exa%00mple.org"),
    ("x", "xmpp:al%C3ice@example.org"), ("x", "xmpp:a/b@example.org"), ("gossip", "alice@example.org"),
    ("x", "xmpp:alice\u{202E}@example.org"), ("x", "xmpp:alice@example.org\u{202E}moc.live"),
    ("x", "<a href='xmpp:"), ("x", "<<<<>>>>"),
  ])
  func whatIsNoneIsNot(_ name: String, _ value: String) {
    #expect(Self.stated(name, value).isEmpty, "\(name): \(value)")
  }

  @Test func muchIsNotRead() {
    let many = (0..<40).map { ProfileField(name: "XMPP", value: "a\($0)@example.org") }
    #expect(ProfileField.stated(in: many).count == 4)
    let same = (0..<10).map { _ in ProfileField(name: "XMPP", value: "xmpp:a@example.org") }
    #expect(ProfileField.stated(in: same).count == 1)
    let long = ProfileField(
      name: "XMPP", value: "xmpp:a@example.org " + String(repeating: "<", count: 1_000_000))
    #expect(ProfileField.stated(in: [long]).isEmpty)
  }

  @Test(arguments: [
    ("Example.ORG", "example.org"), ("bücher.example", "xn--bcher-kva.example"),
    ("münchen.example", "xn--mnchen-3ya.example"), ("BÜCHER.Example", "xn--bcher-kva.example"),
    ("bu\u{308}cher.example", "xn--bcher-kva.example"), ("☃.net", "xn--n3h.net"),
    ("правда。рф", "xn--80aafi6cg.xn--p1ai"),
    ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
  ])
  func aDomainInItsOwnScriptIsTheOneInDNS(_ text: String, _ ascii: String) {
    #expect(ListedAccount.asciiDomain(text) == ascii)
  }

  @Test(arguments: [
    "bü cher.example", "bücher.example/x", "b@ücher.example", "ü:1", "ü?x", "ü#", "\u{202E}ü.example",
    "ü%41.example", "ü..example", "ü\0.example", "\(String(repeating: "ü", count: 64)).example",
  ])
  func whatIsNoDomainIsNone(_ text: String) {
    #expect(ListedAccount.asciiDomain(text) == nil)
  }

  /// RFC 3492, section 7.1; of its samples those that are one label.
  @Test(arguments: [
    ("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"), ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
    ("למההםפשוטלאמדבריםעברית", "4dbcagdahymbxekheh6e0a7fei0b"),
    ("почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l"),
    ("3年b組金八先生", "3b-ww4c5e180e575a65lsy2b"), ("パフィーdeルンバ", "de-jg4avhby1noc0d"),
    ("そのスピードで", "d9juau41awczczp"),
  ])
  func theVectorsOfTheSpecification(_ text: String, _ encoded: String) {
    #expect(ListedAccount.asciiDomain(text) == "xn--" + encoded)
  }
}

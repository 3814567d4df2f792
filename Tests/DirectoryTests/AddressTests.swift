// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Testing

@Suite struct AddressTests {
  @Test(
    "addresses are folded, and what people copy along is left out",
    arguments: [
      ("bob@example.org", "bob@example.org"), ("  Bob@Example.ORG ", "bob@example.org"),
      ("@bob@example.org", "bob@example.org"), ("xmpp:bob@example.org", "bob@example.org"),
      ("sip:Bob@example.org", "bob@example.org"), ("acct:bob@example.org", "bob@example.org"),
      ("e\u{301}mile@example.org", "émile@example.org"), ("rooms.example.org", "rooms.example.org"),
      ("bob+x.y-z~@xn--bcher-kva.example", "bob+x.y-z~@xn--bcher-kva.example"),
      ("bob@localhost", "bob@localhost"),
    ])
  func folding(text: String, expected: String) throws {
    let address = try Address(text)
    #expect(address.description == expected)
    #expect(Address(stored: expected) == address)
  }

  @Test(
    "what is no address is refused",
    arguments: [
      "", "@", "bob@", "@@example.org", "bob@@example.org", "a@b@c", "bob@exa mple.org",
      "bob smith@example.org",
      "bob@-example.org", "bob@example-.org", "bob@example..org", "bob@.org", "bob@example.org.",
      "bob/phone@example.org", "bob@example.org/phone", "bo\"b@example.org", "b<b>@example.org",
      "bob&@example.org",
      "bob@bücher.example", "bob\u{202E}@example.org", "bob\u{0}@example.org", "bob\n@example.org",
      "bob@" + String(repeating: "a", count: 64) + ".org",
      String(repeating: "b", count: 1024) + "@example.org",
      "bob@" + String(repeating: "abc.", count: 70) + "org",
    ])
  func refusal(text: String) {
    #expect { try Address(text) } throws: { ($0 as? DirectoryError)?.code == .badAddress }
  }

  @Test func aMemberHereIsKnownByTheName() throws {
    #expect(try Address("alice@example.social").name(at: "example.social") == Name(stored: "alice"))
    #expect(try Address("alice@elsewhere.example").name(at: "example.social") == nil)
    #expect(try Address("not.a.name@example.social").name(at: "example.social") == nil)
    #expect(try Address("example.social").name(at: "example.social") == nil)
  }
}

@Suite struct PrivacyTests {
  @Test func flagsAreLettersInOrder() {
    let all: Relation = [.muted, .contact, .followed, .chosen, .blocked]
    #expect(all.flags == "bcfkm")
    #expect(Relation().flags.isEmpty)
  }

  @Test func aPeerCoversAnAddressOrADomain() {
    let bob = Address(stored: "bob@sub.example.org")
    #expect(Peer.address(bob).covers(bob))
    #expect(!Peer.address(bob).covers(Address(stored: "bob@example.org")))
    #expect(!Peer.domain("example.org").covers(bob))
    #expect(Peer.domain("sub.example.org").covers(bob))
    #expect(Peer.domainAndBelow("example.org").covers(bob))
    #expect(!Peer.domainAndBelow("ample.org").covers(bob))
    #expect(
      ["\(Peer.address(bob))", "\(Peer.domain("a.b"))", "\(Peer.domainAndBelow("a.b"))"] == [
        "bob@sub.example.org", "@a.b", "@.a.b",
      ])
  }
}

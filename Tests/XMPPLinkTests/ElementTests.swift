// SPDX-License-Identifier: AGPL-3.0-or-later

import Testing

@testable import XMPPLink

@Suite struct ElementTests {
  /// Everything that means something to XML somewhere.
  static let nasty = "<a b='c' d=\"e\">&amp;]]>\t\r\n ä😀</a><!-- -->"

  @Test func whatIsWrittenIsReadAgain() throws {
    let inner = Element("inner", "urn:b", ["q": Self.nasty, "xml:lang": "de"], text: Self.nasty)
    let plain = Element("plain", "jabber:client", ["id": ""], [inner, Element("none", "")])
    var outer = Element("message", "jabber:component:accept", ["to": "a@b"], [plain, inner])
    outer.nodes.append(.text(Self.nasty))
    let text = try outer.serialised(within: "jabber:component:accept")
    #expect(try element(text) == outer)
  }

  @Test func aValueCannotEndItsElement() throws {
    let text = try Element("iq", "x", ["to": "'/><evil/>"], text: "</iq><evil/>").serialised(within: "x")
    #expect(text == "<iq to='&apos;/&gt;&lt;evil/&gt;'>&lt;/iq&gt;&lt;evil/&gt;</iq>")
  }

  @Test func whatXMLCannotCarryIsReplaced() throws {
    let text = try Element("a", "x", text: "\u{0}\u{1B}\u{FFFE}b").serialised(within: "x")
    #expect(text == "<a>\u{FFFD}\u{FFFD}\u{FFFD}b</a>")
  }

  @Test func theNamespaceIsSaidWhereItChanges() throws {
    let stanza = Element("iq", "a", [:], [Element("q", "b", [:], [Element("i", "b"), Element("j", "a")])])
    #expect(try stanza.serialised(within: "a") == "<iq><q xmlns='b'><i/><j xmlns='a'/></q></iq>")
  }

  @Test(arguments: ["", "a b", "a>", "1a", "ä", "a'", "xmlns:a/", String(repeating: "a", count: 200)])
  func aNameThatIsNoneIsRefused(name: String) {
    #expect(code { () throws(LinkError) in _ = try Element(name, "x").serialised(within: "x") } == .badValue)
    let stanza = Element("a", "x", [name: "v"])
    #expect(code { () throws(LinkError) in _ = try stanza.serialised(within: "x") } == .badValue)
  }

  @Test func anAttributeCannotDeclareNamespaces() {
    let stanza = Element("a", "x", ["xmlns": "y"])
    #expect(code { () throws(LinkError) in _ = try stanza.serialised(within: "x") } == .badValue)
  }

  @Test func whatIsTooLongOrTooDeepIsNotSent() {
    let long = Element("a", "x", text: String(repeating: "&", count: Element.longest / 5 + 1))
    #expect(code { () throws(LinkError) in _ = try long.serialised(within: "x") } == .tooLarge)
    var deep = Element("a", "x")
    for _ in 0...Element.deepest { deep = Element("a", "x", [:], [deep]) }
    #expect(code { () throws(LinkError) in _ = try deep.serialised(within: "x") } == .tooLarge)
  }

  @Test func textIsPutTogetherFromItsParts() {
    var parts = Element("a", "x", text: "one ")
    parts.nodes += [.element(Element("b", "x", text: "not this")), .text("two")]
    #expect(parts.text == "one two")
    #expect(parts.child("b", "x")?.text == "not this")
    #expect(parts.child("b", "y") == nil)
  }
}

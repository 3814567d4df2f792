// SPDX-License-Identifier: AGPL-3.0-or-later

import Testing

@testable import XMPPLink

@Suite struct StanzaParserTests {
  /// Two stanzas with all that occurs: namespaces with and without a prefix, references, CDATA, several alphabets.
  static let session =
    header + "<handshake/> \n"
    + "<message from='a@b' xml:lang='de' p:skip='1' xmlns:p='urn:p'><body>ä&#x1F600;&lt;<![CDATA[<&]]>ü</body>"
    + "<p:x q='1'><y xmlns=''/></p:x></message></stream:stream>"

  static let events: [StanzaParser.Event] = [
    .opened(
      Element(
        "stream", "http://etherx.jabber.org/streams",
        ["from": "trunkline.social.localhost", "id": "3BF96D32"])),
    .element(Element("handshake", "jabber:component:accept")),
    .element(
      Element(
        "message", "jabber:component:accept", ["from": "a@b", "xml:lang": "de"],
        [
          Element("body", "jabber:component:accept", text: "ä😀<<&ü"),
          Element("x", "urn:p", ["q": "1"], [Element("y", "")]),
        ])),
    .closed,
  ]

  @Test func givesStanzas() {
    #expect(StanzaParser().feed(Array(Self.session.utf8)) == Self.events)
  }

  @Test func takesOneByteAtATime() {
    let parser = StanzaParser()
    #expect(Self.session.utf8.flatMap { parser.feed([$0]) } == Self.events)
  }

  @Test func takesItCutAtEveryByte() {
    let bytes = Array(Self.session.utf8)
    for cut in 0...bytes.count {
      let parser = StanzaParser()
      let events = parser.feed(Array(bytes[..<cut])) + parser.feed(Array(bytes[cut...]))
      #expect(events == Self.events, "cut after \(cut) bytes")
    }
  }

  @Test func saysNothingBeforeAStanzaIsComplete() {
    let bytes = Array(Self.session.utf8)
    for count in 0..<bytes.count {
      let events = StanzaParser().feed(Array(bytes[..<count]))
      #expect(events == Array(Self.events.prefix(events.count)))
      #expect(events.count < Self.events.count)
    }
  }

  @Test func givesNothingAfterTheEnd() {
    let parser = StanzaParser()
    _ = parser.feed(Array(Self.session.utf8))
    #expect(parser.feed(Array("<more/>".utf8)).isEmpty)
    #expect(parser.feed([0xFF, 0, 1]).isEmpty)
  }

  @Test func whatFollowsTheEndInOnePieceIsNotRead() {
    #expect(StanzaParser().feed(Array((Self.session + "<more/>").utf8)) == Self.events)
  }

  @Test func stanzasBeforeAnErrorAreGiven() {
    let events = StanzaParser().feed(Array((header + "<a/><b></c>").utf8))
    #expect(events.count == 3)
    #expect(events[1] == .element(Element("a", "jabber:component:accept")))
    guard case .failed(let error) = events[2] else {
      Issue.record("no error")
      return
    }
    #expect(error.code == .malformed)
  }
}

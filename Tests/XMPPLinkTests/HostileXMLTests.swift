// SPDX-License-Identifier: AGPL-3.0-or-later

import Testing

@testable import XMPPLink

@Suite struct HostileXMLTests {
  static let laughs =
    "<!DOCTYPE stream [<!ENTITY a 'ha'>"
    + (1...9).map { "<!ENTITY a\($0) '&a\($0 - 1);&a\($0 - 1);'>" }.joined() + "]>"

  /// RFC 6120, sections 11.1, 11.3 and 11.6.
  static let refused: [(what: String, bytes: [UInt8])] = [
    ("a document type", Array("<!DOCTYPE stream>\(header)".utf8)),
    ("a document type elsewhere", Array("<!DOCTYPE stream SYSTEM 'http://127.0.0.1/x'>\(header)".utf8)),
    ("a billion laughs", Array((laughs + header + "<a>&a9;</a>").utf8)),
    ("a parameter entity", Array("<!DOCTYPE a [<!ENTITY % p 'x'>%p;]>\(header)".utf8)),
    ("a document type within", Array((header + "<!DOCTYPE a>").utf8)),
    ("an entity that nobody has", Array((header + "<a>&nbsp;</a>").utf8)),
    ("a comment", Array((header + "<!-- hello -->").utf8)),
    ("a comment in a stanza", Array((header + "<a><!-- hello --></a>").utf8)),
    ("a processing instruction", Array((header + "<a><?php ?></a>").utf8)),
    ("a second declaration", Array((header + "<?xml version='1.0'?>").utf8)),
    ("text between stanzas", Array((header + "hello").utf8)),
    ("CDATA between stanzas", Array((header + "<![CDATA[hello]]>").utf8)),
    ("a prefix that is not declared", Array((header + "<p:a/>").utf8)),
    ("an attribute's prefix that is not declared", Array((header + "<a p:b='c'/>").utf8)),
    ("a prefix with no namespace", Array((header + "<a xmlns:p=''/>").utf8)),
    ("the prefix xmlns", Array((header + "<a xmlns:xmlns='urn:x'/>").utf8)),
    ("two attributes of one name", Array((header + "<a b='1' b='2'/>").utf8)),
    (
      "two attributes of one name by prefixes",
      Array((header + "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>").utf8)
    ),
    ("tags that do not match", Array((header + "<a></b>").utf8)),
    ("an attribute without quotes", Array((header + "<a b=c/>").utf8)),
    ("a reference to a zero", Array((header + "<a>&#0;</a>").utf8)),
    ("a reference to half of a pair", Array((header + "<a>&#xD800;</a>").utf8)),
    ("a zero", Array(header.utf8) + [0]),
    ("a control character", Array(header.utf8) + Array("<a>".utf8) + [1]),
    ("our own separator", Array(header.utf8) + Array("<a xmlns='u".utf8) + [0x1F] + Array("v'/>".utf8)),
    ("an overlong letter", Array(header.utf8) + Array("<a>".utf8) + [0xC1, 0x81]),
    ("half of a pair in UTF-8", Array(header.utf8) + Array("<a>".utf8) + [0xED, 0xA0, 0x80]),
    ("a byte that no letter begins with", Array(header.utf8) + Array("<a>".utf8) + [0xFF]),
    ("a letter cut off", Array(header.utf8) + Array("<a>".utf8) + [0xC3, 0x3C, 0x2F]),
    ("UTF-16", [0xFF, 0xFE] + Array(header.utf8).flatMap { [$0, 0] }),
    (
      "Latin 1, announced",
      Array("<?xml version='1.0' encoding='ISO-8859-1'?><a b='".utf8) + [0xE4] + Array("'>".utf8)
    ),
    ("what is not XML", Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)),
    ("TLS", [0x15, 3, 1, 0, 2, 2, 70]),
  ]

  @Test(arguments: refused)
  func isRefused(what: String, bytes: [UInt8]) {
    expectRefusal(StanzaParser().feed(bytes))
    let parser = StanzaParser()
    expectRefusal(bytes.flatMap { parser.feed([$0]) })
  }

  private func expectRefusal(_ events: [StanzaParser.Event]) {
    guard case .failed(let error)? = events.last else {
      Issue.record("taken: \(events)")
      return
    }
    #expect(error.code == .malformed)
    #expect(!error.cause.isEmpty && !error.remedy.isEmpty)
    #expect(
      !events.dropLast().contains { event in
        if case .element = event { true } else { false }
      })
  }

  @Test func aStanzaTooDeepIsSkippedAndTheStreamGoesOn() {
    let deep = String(repeating: "<a>", count: 5_000) + String(repeating: "</a>", count: 5_000)
    expectSkipped("<iq id='1' from='x' type='result'>\(deep)</iq>")
  }

  @Test func theDepthIsThatOfTheLimit() throws {
    let nested = { (depth: Int) in
      String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
    }
    #expect(try elements(nested(48)).count == 1)
    #expect(try elements(nested(49)).isEmpty)
  }

  @Test func aStanzaOfTooManyElementsIsSkipped() {
    expectSkipped("<iq id='1' from='x' type='result'>" + String(repeating: "<a/>", count: 65_536) + "</iq>")
  }

  @Test func aStanzaOfTooManyBytesIsSkipped() {
    expectSkipped(
      "<iq id='1' from='x' type='result'><a>" + String(repeating: "x", count: 4 * 1_024 * 1_024) + "</a></iq>"
    )
  }

  @Test func aStanzaWithTooManyAttributesIsSkipped() {
    let many = (0...40).map { " a\($0)=''" }.joined()
    expectSkipped("<iq id='1' from='x' type='result'><a\(many)/></iq>")
    let events = StanzaParser().feed(Array((header + "<iq id='1'\(many)/><b/>").utf8))
    #expect(events.dropFirst().first == .skipped(Element("iq", "jabber:component:accept")))
  }

  private func expectSkipped(_ stanza: String) {
    let events = StanzaParser().feed(Array((header + stanza + "<b/>").utf8))
    let head = Element("iq", "jabber:component:accept", ["id": "1", "from": "x", "type": "result"])
    #expect(events.dropFirst() == [.skipped(head), .element(Element("b", "jabber:component:accept"))])
  }

  /// Expat hands over each of these on its own: what is there already must not be copied each time.
  @Test(.timeLimit(.minutes(1))) func aMillionReferencesTakeNoLongerThanTheirLength() throws {
    let count = 1_000_000
    let stanza = try element("<a>" + String(repeating: "&lt;", count: count) + "</a>")
    #expect(stanza.text.utf8.count == count && stanza.nodes.count == 1)
  }

  @Test func aStanzaWithoutEndIsGivenUp() {
    let parser = StanzaParser()
    _ = parser.feed(Array((header + "<a>").utf8))
    let piece = Array(String(repeating: "<b/>text", count: 10_000).utf8)
    expectTooLarge(parser, piece)
  }

  @Test func anAttributeWithoutEndIsGivenUp() {
    let parser = StanzaParser()
    _ = parser.feed(Array((header + "<a b='").utf8))
    expectTooLarge(parser, Array(repeating: UInt8(ascii: "x"), count: 80_000))
  }

  @Test func aNameWithoutEndIsGivenUp() {
    let parser = StanzaParser()
    _ = parser.feed(Array((header + "<a").utf8))
    expectTooLarge(parser, Array(repeating: UInt8(ascii: "x"), count: 80_000))
  }

  private func expectTooLarge(_ parser: StanzaParser, _ piece: [UInt8]) {
    for _ in 0..<1_000 {
      for event in parser.feed(piece) {
        guard case .failed(let error) = event else { continue }
        #expect(error.code == .tooLarge)
        return
      }
    }
    Issue.record("80 MB were taken")
  }

  /// Nothing that is cut, doubled or changed brings the parser down, or makes it give a stanza within a failed one.
  @Test func survivesDamage() {
    var generator = Scrambler(state: 4)
    let session = Array(StanzaParserTests.session.utf8)
    for _ in 0..<4_000 {
      var bytes = session
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        default: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
        }
      }
      let whole = StanzaParser().feed(bytes)
      let parser = StanzaParser()
      #expect(summary(bytes.flatMap { parser.feed([$0]) }) == summary(whole))
    }
  }

  /// Expat words an error by where it was when it found it.
  private func summary(_ events: [StanzaParser.Event]) -> [StanzaParser.Event] {
    events.map { event in
      guard case .failed(let error) = event else { return event }
      return .failed(LinkError(error.code, cause: "", remedy: ""))
    }
  }
}

/// The same numbers each time.
private struct Scrambler: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}

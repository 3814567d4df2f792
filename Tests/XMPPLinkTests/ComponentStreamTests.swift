// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Testing

@testable import XMPPLink

@Suite struct ComponentStreamTests {
  typealias Action = ComponentStream.Action

  static let hello =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept'"
    + " xmlns:stream='http://etherx.jabber.org/streams' to='trunkline.social.localhost'>"
  /// sha1sum of the stream's id and the secret.
  static let handshake = "<handshake>08cf18510e46af3131d85c8043eb25dcd1943c11</handshake>"

  func fresh() -> ComponentStream {
    ComponentStream(component: component, domain: domain, secret: sharedSecret)
  }

  /// What the server's bytes lead to, from the connection on.
  func play(_ text: String) -> (stream: ComponentStream, actions: [Action]) {
    var stream = fresh()
    var actions = stream.connected()
    for event in StanzaParser().feed(Array(text.utf8)) { actions += stream.handle(event) }
    return (stream, actions)
  }

  func opened(_ text: String = "") -> (stream: ComponentStream, actions: [Action]) {
    let (stream, actions) = play(header + "<handshake/>" + text)
    #expect(Array(actions.prefix(3)) == [.send(Self.hello), .send(Self.handshake), .ready])
    return (stream, Array(actions.dropFirst(3)))
  }

  func failure(_ actions: [Action]) -> LinkError? {
    guard case .ended(let error)? = actions.last else { return nil }
    return error
  }

  /// XEP-0114, examples 1 to 4.
  @Test func shakesHands() {
    let (stream, actions) = opened()
    #expect(stream.phase == .open)
    #expect(actions.isEmpty)
  }

  @Test func theHandshakeIsTheHexadecimalSHA1OfIdAndSecret() {
    #expect(
      "<handshake>\(Handshake.text(stream: "3BF96D32", secret: sharedSecret))</handshake>" == Self.handshake)
    // FIPS 180-2, appendix A.1: of “abc”.
    #expect(Handshake.text(stream: "a", secret: Secret("bc")) == "a9993e364706816aba3e25717850c26c9cd0d89d")
  }

  @Test func saysNothingBeforeItIsConnected() {
    var stream = fresh()
    #expect(stream.handle(.closed).isEmpty)
    #expect(stream.timedOut().isEmpty)
    #expect(stream.phase == .idle)
  }

  @Test(
    arguments: [
      ("not-authorized", LinkError.Code.wrongSecret), ("conflict", .conflict), ("host-unknown", .unknownHost),
      ("host-gone", .unknownHost), ("system-shutdown", .unreachable), ("policy-violation", .refused),
      ("resource-constraint", .busy), ("not-well-formed", .malformed), ("invalid-namespace", .malformed),
      ("connection-timeout", .timedOut), ("invalid-from", .refused), ("undefined-condition", .refused),
      ("never-heard-of", .refused),
    ])
  func aStreamErrorIsAnErrorWithCauseAndRemedy(condition: String, code: LinkError.Code) throws {
    let said =
      "<stream:error><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>So it is.</text>"
      + "<\(condition) xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
    // Before the handshake, with an empty id as Prosody sends it, and on a stream that is open.
    for text in [
      header + said, header.replacing("3BF96D32", with: "") + said, header + "<handshake/>" + said,
    ] {
      let (stream, actions) = play(text)
      let found = failure(actions)
      let error = try #require(found)
      #expect(error.code == code)
      #expect(!error.cause.isEmpty && !error.remedy.isEmpty)
      #expect(stream.phase == .closed)
      #expect(actions.suffix(3).prefix(2) == [.send("</stream:stream>"), .finish])
    }
  }

  @Test func aStanzaBeforeTheHandshakeIsRefused() {
    let (stream, actions) = play(header + "<message from='social.localhost'><x xmlns='y'/></message>")
    #expect(failure(actions)?.code == .malformed)
    #expect(stream.phase == .closed)
  }

  @Test func theHandshakeMustBeOfTheStreamsNamespace() {
    #expect(failure(play(header + "<handshake xmlns='jabber:client'/>").actions)?.code == .malformed)
  }

  @Test(
    arguments: [
      "<stream:stream xmlns='jabber:component:accept' xmlns:stream='urn:other' id='1'>",
      "<stream xmlns='jabber:component:accept' id='1'>", "<html>",
      "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' id='1' from='elsewhere.example'>",
    ])
  func aHeaderOfSomethingElseIsRefused(text: String) {
    let (stream, actions) = play(text)
    #expect(failure(actions)?.code == .malformed)
    #expect(!actions.contains { $0 == .ready })
    #expect(stream.phase == .closed)
  }

  @Test func withoutAnIdNoHandshakeIsSent() {
    let (stream, actions) = play(header.replacing("id='3BF96D32'", with: ""))
    #expect(actions == [.send(Self.hello)])
    #expect(stream.phase == .opening)
  }

  @Test func whatIsNoXMLIsAnsweredAndEnds() {
    let (stream, actions) = opened("<a></b>")
    #expect(stream.phase == .closed)
    #expect(failure(actions)?.code == .malformed)
    guard case .send(let said)? = actions.first else {
      Issue.record("nothing was said")
      return
    }
    #expect(said.hasPrefix("<stream:error><not-well-formed") && said.hasSuffix("</stream:stream>"))
  }

  @Test func theServersEndIsAnswered() {
    let (stream, actions) = opened("</stream:stream>")
    #expect(stream.phase == .closed)
    #expect(actions.dropLast() == [.send("</stream:stream>"), .finish])
    #expect(failure(actions)?.code == .unreachable)
  }

  @Test func closingWaitsForTheServersEnd() {
    var (stream, _) = opened()
    #expect(stream.close() == [.send("</stream:stream>")])
    #expect(stream.close().isEmpty)
    let late = Element("iq", "jabber:component:accept", ["type": "result", "id": "1", "from": domain])
    #expect(stream.handle(.element(late)) == [.answer(late)])
    #expect(stream.handle(.closed) == [.finish, .ended(nil)])
    #expect(stream.handle(.closed).isEmpty)
    #expect(stream.disconnected().isEmpty)
  }

  @Test func closingEndsWithoutTheServerToo() {
    var (stream, _) = opened()
    _ = stream.close()
    var other = stream
    #expect(stream.timedOut() == [.cut, .ended(nil)])
    #expect(other.disconnected() == [.ended(nil)])
  }

  @Test func nothingWaitsForEver() {
    var opening = fresh()
    _ = opening.connected()
    #expect(failure(opening.timedOut())?.code == .timedOut)
    var (open, _) = opened()
    #expect(failure(open.timedOut())?.code == .timedOut)
  }

  @Test func anEndIsSaidOnce() {
    var (stream, _) = opened()
    #expect(stream.disconnected() == [.ended(.closedByServer)])
    #expect(stream.disconnected().isEmpty && stream.timedOut().isEmpty && stream.close().isEmpty)
    #expect(stream.handle(.element(Element("iq", "jabber:client"))).isEmpty)
  }

  /// A session cut anywhere ends with an error, whatever came before.
  @Test func cutAtEveryByteItEnds() {
    let session =
      header
      + "<handshake/><message from='\(domain)'><changed xmlns='urn:trunkline:link:1' name='a'/></message>"
    for count in 0...session.utf8.count {
      var (stream, before) = play(String(decoding: session.utf8.prefix(count), as: UTF8.self))
      #expect(failure(before) == nil)
      before = stream.disconnected()
      #expect(failure(before)?.code == .unreachable)
    }
  }

  @Test func onlyTheDomainSaysWhoseContactsChanged() {
    let changed = "<changed xmlns='urn:trunkline:link:1' name='alice'/></message>"
    #expect(opened("<message from='\(domain)'>\(changed)").actions == [.changed(Name(stored: "alice"))])
    for other in ["from='evil.example'", "from='alice@\(domain)'", "from='\(domain)/x'", ""] {
      #expect(opened("<message \(other)>\(changed)").actions.isEmpty)
    }
    #expect(
      opened("<presence from='\(domain)'>\(changed.replacing("message", with: "presence"))").actions.isEmpty)
  }

  @Test(arguments: ["", "name=''", "name='a b'", "name='*'"])
  func aHintAboutNobodyIsDropped(name: String) {
    let (stream, actions) = opened(
      "<message from='\(domain)'><changed xmlns='urn:trunkline:link:1' \(name)/></message>")
    #expect(actions.isEmpty && stream.phase == .open)
  }

  @Test func answersAreHandedOn() throws {
    for text in [
      "<iq type='result' id='1' from='a@b'/>", "<iq type='error' id='1' from='a@b'/>",
      "<message type='error' id='1' from='a@b'/>", "<iq xmlns='jabber:client' type='result' id='1'/>",
    ] {
      #expect(opened(text).actions == [.answer(try element(text))])
    }
    #expect(opened("<iq xmlns='urn:other' type='result' id='1'/>").actions.isEmpty)
  }

  @Test func everyQuestionHasAnAnswer() {
    let ping = "<ping xmlns='urn:xmpp:ping'/></iq>"
    let asked = "id='7' to='\(component)'"
    #expect(
      opened("<iq type='get' \(asked) from='\(domain)'>\(ping)").actions == [
        .send("<iq from='\(component)' id='7' to='\(domain)' type='result'/>")
      ])
    for text in [
      "<iq type='get' \(asked) from='eve@evil.example/x'>\(ping)",
      "<iq type='set' \(asked) from='\(domain)'>\(ping)",
      "<iq type='get' \(asked) from='\(domain)'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    ] {
      guard case .send(let said)? = opened(text).actions.first else {
        Issue.record("no answer")
        continue
      }
      #expect(said.contains("type='error'") && said.contains("<service-unavailable"))
    }
  }

  @Test func aQuestionThatCannotBeAnsweredIsDropped() {
    for text in [
      "<iq type='get' id='7' to='\(component)'/>", "<iq type='get' from='a@b' to='\(component)'/>",
      "<iq id='7' from='a@b' to='\(component)'/>", "<iq type='get' id='7' from='a@b' to='x@\(component)'/>",
    ] {
      let (stream, actions) = opened(text)
      #expect(actions.isEmpty && stream.phase == .open)
    }
  }

  @Test func whatAStrangerSaysCannotBreakOut() throws {
    let asker = "eve@evil.example/&apos;&gt;&lt;/iq&gt;&lt;evil/&gt;"
    guard
      case .send(let said)? = opened("<iq type='get' id='&lt;' to='\(component)' from='\(asker)'/>").actions
        .first
    else {
      Issue.record("no answer")
      return
    }
    #expect(try elements(said).count == 1)
    #expect(try element(said)["to"] == "eve@evil.example/'></iq><evil/>")
  }

  @Test func anAnswerBeyondTheLimitsIsSaidToBe() {
    let deep = String(repeating: "<a>", count: 60) + String(repeating: "</a>", count: 60)
    let head = Element("iq", "jabber:component:accept", ["type": "result", "id": "1", "from": domain])
    #expect(opened("<iq type='result' id='1' from='\(domain)'>\(deep)</iq>").actions == [.unreadable(head)])
    #expect(opened("<message from='eve@evil.example'>\(deep)</message>").actions.isEmpty)
  }
}

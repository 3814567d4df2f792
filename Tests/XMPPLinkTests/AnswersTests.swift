// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Testing

@testable import XMPPLink

/// What stands in answers, and what must not.
@Suite struct AnswersTests {
  func link(_ text: String) throws -> Element {
    try element(text.replacing(">", with: " xmlns='urn:trunkline:link:1'>", maxReplacements: 1))
  }

  /// RFC 6121, section 2.1.2, as XEP-0356, section 4.3, hands it over.
  @Test func aRosterIsRead() throws {
    let contacts = try XMPPLink.contacts(
      try element(
        """
        <iq type='result'><query xmlns='jabber:iq:roster' ver='x'>\
        <item jid='bob@Example.org' name='Bob &lt;3' subscription='both'><group>Friends</group></item>\
        <item jid='carol@example.org' ask='subscribe'/><item jid='irc.example.org' subscription='from'/>\
        <item jid='dave@example.org/phone' subscription='to'/><other/></query></iq>
        """))
    #expect(
      contacts == [
        Contact(address: try Address("bob@example.org"), name: "Bob <3", subscription: .both),
        Contact(address: try Address("carol@example.org"), subscription: .none, isAsked: true),
        Contact(address: try Address("irc.example.org"), subscription: .from),
      ])
  }

  @Test(
    arguments: [
      "<iq/>", "<iq><query xmlns='urn:other'/></iq>",
      "<iq><query xmlns='jabber:iq:roster'><item subscription='both'/></query></iq>",
      "<iq><query xmlns='jabber:iq:roster'><item jid='a@b' subscription='maybe'/></query></iq>",
    ])
  func aRosterThatIsNoneIsRefused(text: String) throws {
    let answer = try element(text)
    #expect(code { () throws(LinkError) in _ = try XMPPLink.contacts(answer) } == .malformed)
  }

  @Test func anEmptyRosterIsEmpty() throws {
    #expect(try XMPPLink.contacts(try element("<iq><query xmlns='jabber:iq:roster'/></iq>")).isEmpty)
  }

  @Test func changesAreRead() throws {
    let changes = try XMPPLink.changes(
      try link(
        "<changes epoch='e1' upto='17' more='1'><member name='alice'/><other/><member name='not a member'/></changes>"
      ))
    #expect(changes.position == JournalPosition(epoch: "e1", sequence: 17))
    #expect(changes.names == [Name(stored: "alice")])
    #expect(changes.hasMore && !changes.isEverybody)
    #expect(try XMPPLink.changes(try link("<changes all='1' epoch='e' upto='0'></changes>")).isEverybody)
  }

  @Test(
    arguments: [
      "<changes upto='1'></changes>", "<changes epoch='' upto='1'></changes>",
      "<changes epoch='e'></changes>",
      "<changes epoch='e' upto='-1'></changes>", "<changes epoch='e' upto='9999999999999999999'></changes>",
      "<changes epoch='e' upto='1' all='yes'></changes>", "<changes epoch='e' upto='１'></changes>",
      "<changes epoch='e' upto='1'><member/></changes>",
    ])
  func changesThatAreNoneAreRefused(text: String) throws {
    let content = try link(text)
    #expect(code { () throws(LinkError) in _ = try XMPPLink.changes(content) } == .malformed)
  }

  @Test func aStandingIsRead() throws {
    let standing = try XMPPLink.standing(
      try link(
        """
        <standing><asking address='carol@y.example' at='1700000000'/><asking address='x@y/z' at='1'/>\
        <blocked address='eve@evil.example'/><blocked address='worse.example'/><other/></standing>
        """))
    #expect(
      standing.asking == [
        ContactBook.Asking(address: try Address("carol@y.example"), at: Timestamp(seconds: 1_700_000_000))
      ])
    #expect(standing.blocked == [.address("eve@evil.example"), .domain("worse.example")])
  }

  @Test(
    arguments: [
      "<standing><asking address='a@b'/></standing>", "<standing><asking at='1'/></standing>",
      "<standing><asking address='a@b' at='now'/></standing>", "<standing><blocked/></standing>",
    ])
  func aStandingThatIsNoneIsRefused(text: String) throws {
    let content = try link(text)
    #expect(code { () throws(LinkError) in _ = try XMPPLink.standing(content) } == .malformed)
  }

  @Test func requestsAreRead() throws {
    let requests = try XMPPLink.requests(
      try link(
        """
        <requests><request from='mallory@y.example' first='1' last='3' count='3'>\
        <said at='1' kind='message' id='m1'>Hello\n&lt;b&gt;you</said><said at='2' kind='invitation'/>\
        <said at='3' kind='call'/></request></requests>
        """))
    #expect(
      requests == [
        MessageRequest(
          sender: try Address("mallory@y.example"), first: Timestamp(seconds: 1), last: Timestamp(seconds: 3),
          count: 3,
          said: [
            .init(at: Timestamp(seconds: 1), kind: .message, text: "Hello\n<b>you"),
            .init(at: Timestamp(seconds: 2), kind: .invitation, text: ""),
            .init(at: Timestamp(seconds: 3), kind: .call, text: ""),
          ])
      ])
  }

  @Test(
    arguments: [
      "<requests><request first='1' last='1' count='1'/></requests>",
      "<requests><request from='a@b' last='1' count='1'/></requests>",
      "<requests><request from='a@b' first='1' last='1' count='many'/></requests>",
      "<requests><request from='a@b' first='1' last='1' count='1'><said at='1' kind='smell'/></request></requests>",
      "<requests><request from='a@b' first='1' last='1' count='1'><said kind='call'/></request></requests>",
    ])
  func requestsThatAreNoneAreRefused(text: String) throws {
    let content = try link(text)
    #expect(code { () throws(LinkError) in _ = try XMPPLink.requests(content) } == .malformed)
  }

  @Test func aSightIsRead() throws {
    let sight = try XMPPLink.sight(
      try link("<sight online='2'><stream device='d' show='away'/><seen-by address='bob@x.example'/></sight>")
    )
    #expect(sight == Sight(online: 2, seenBy: [try Address("bob@x.example")]))
  }

  /// Nobody may be left out of who sees the member.
  @Test(arguments: [
    "<sight></sight>", "<sight online='1'><seen-by address='a@b/c'/></sight>",
    "<sight online='1'><seen-by/></sight>",
  ])
  func aSightThatIsNoneIsRefused(text: String) throws {
    let content = try link(text)
    #expect(code { () throws(LinkError) in _ = try XMPPLink.sight(content) } == .malformed)
  }

  /// XEP-0356, section 5.3.
  @Test(arguments: Privileges.Version.allCases)
  func aNoticeIsForwardedInTheServersName(version: Privileges.Version) throws {
    let notice = XMPPLink.notice("Mind & <body>", to: "alice@\(domain)", from: domain, version)
    #expect(
      try notice.serialised(within: "jabber:component:accept")
        == "<privilege xmlns='\(version.rawValue)'><forwarded xmlns='urn:xmpp:forward:0'>"
        + "<message xmlns='jabber:client' from='\(domain)' to='alice@\(domain)' type='chat'>"
        + "<body>Mind &amp; &lt;body&gt;</body></message></forwarded></privilege>")
  }

  @Test func aMissedCallIsToldWithTheSameIdEachTime() throws {
    let call = MissedCall(
      id: CallID(stored: "0123abcd"), caller: try Address("bob@\(domain)"),
      at: Timestamp(seconds: 1_800_000_000))
    let notice = XMPPLink.notice(
      "You missed a call.", to: "alice@\(domain)", from: domain, .second, id: "missed-\(call.id)",
      XMPPLink.elements(of: call, lateFrom: nil))
    let text = try notice.serialised(within: "jabber:component:accept")
    #expect(text.contains(" id='missed-0123abcd' "))
    #expect(
      text.contains(
        "<body>You missed a call.</body><missed-call xmlns='urn:trunkline:calls:1' at='2027-01-15T08:00:00Z' "
          + "from='bob@\(domain)' id='0123abcd'/><store xmlns='urn:xmpp:hints'/></message>"), "\(text)")
    let late = try XMPPLink.notice(
      "You missed a call.", to: "alice@\(domain)", from: domain, .second,
      XMPPLink.elements(of: call, lateFrom: domain)
    ).serialised(within: "jabber:component:accept")
    #expect(
      late.contains(
        "<delay xmlns='urn:xmpp:delay' from='\(domain)' stamp='2027-01-15T08:00:00Z'/></message>"), "\(late)")
  }
}

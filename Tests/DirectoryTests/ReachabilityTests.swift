// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import Directory

@Suite struct ReachabilityTests {
  static let now = Timestamp(seconds: 1_800_000_000)
  static let alice = Address(stored: "alice@example.social")
  static let bob = Address(stored: "bob@pond.example")

  static func stated(_ uri: String) throws -> StatedAddress { try #require(StatedAddress(uri: uri)) }

  static func evidence(_ handle: Address = bob) -> ReachabilityEvidence {
    ReachabilityEvidence(
      handle: handle, domain: "example.social", switchedOn: handle == alice ? [.xmpp] : [])
  }

  @Test("a member here is reached by what is switched on, and nothing is asked elsewhere")
  func here() {
    var evidence = Self.evidence(Self.alice)
    evidence.records = .answer(.offered, at: Self.now)
    let chat = evidence.reachability(by: .xmpp)
    #expect(chat == Reachability(.here, address: Self.alice) && chat.isVerified && chat.canBeReached)
    #expect(evidence.reachability(by: .sip) == Reachability(.notHere))
  }

  @Test("a member with all switched off looks like nobody")
  func notHere() {
    let off = Self.evidence(Address(stored: "carol@example.social"))
    #expect(off.reachability(by: .xmpp) == Reachability(.notHere))
    #expect(!off.reachability(by: .xmpp).canBeReached && !off.reachability(by: .xmpp).isVerified)
  }

  @Test("records of the domain reach the equal name, unverified")
  func records() {
    var evidence = Self.evidence()
    evidence.records = .answer(.offered, at: Self.now)
    evidence.webFinger = .answer([], at: Self.now)
    let chat = evidence.reachability(by: .xmpp)
    #expect(chat == Reachability(.records, address: Self.bob, checkedAt: Self.now))
    #expect(chat.canBeReached && !chat.isVerified)
  }

  @Test("what the account states comes before records, the profile before WebFinger")
  func order() throws {
    var evidence = Self.evidence()
    evidence.records = .answer(.refused, at: Self.now)
    evidence.webFinger = .answer([try Self.stated("xmpp:robert@chat.example")], at: Self.now)
    #expect(
      evidence.reachability(by: .xmpp)
        == Reachability(
          .stated(by: .webFinger), address: Address(stored: "robert@chat.example"), checkedAt: Self.now))
    evidence.profile = [
      try Self.stated("sip:bob@phones.example"), try Self.stated("xmpp:bobby@jabber.example"),
      try Self.stated("xmpp:second@jabber.example"),
    ]
    let chat = evidence.reachability(by: .xmpp)
    #expect(chat.finding == .stated(by: .profile) && chat.isVerified)
    #expect(chat.address == Address(stored: "bobby@jabber.example"))
  }

  @Test(
    "what DNS says when nothing is stated",
    arguments: [
      (
        ReachabilityEvidence.Heard<DomainOffer>.answer(.refused, at: now), Reachability.Finding.none(.refused)
      ),
      (.answer(.unannounced, at: now), .none(.noRecords)), (.nothing(.notAsked), .unknown(.notAsked)),
      (.nothing(.noAnswer), .unknown(.noAnswer)), (.nothing(.limited), .unknown(.limited)),
      (.nothing(.switchedOff), .unknown(.switchedOff)), (.nothing(.notPublic), .unknown(.notPublic)),
    ])
  func absence(heard: ReachabilityEvidence.Heard<DomainOffer>, finding: Reachability.Finding) {
    var evidence = Self.evidence()
    evidence.records = heard
    #expect(evidence.reachability(by: .xmpp).finding == finding)
    #expect(!evidence.reachability(by: .xmpp).canBeReached)
  }

  @Test("calls stay within this site, whatever is stated or announced")
  func calls() throws {
    var evidence = Self.evidence()
    evidence.records = .answer(.offered, at: Self.now)
    evidence.profile = [try Self.stated("sip:bob@phones.example")]
    #expect(evidence.reachability(by: .sip) == Reachability(.none(.notYetHere)))
  }

  @Test("nobody else's page vouches for a member here")
  func statedHere() throws {
    var evidence = Self.evidence()
    evidence.profile = [try Self.stated("xmpp:alice@example.social")]
    evidence.webFinger = .answer([try Self.stated("xmpp:alice@example.social")], at: Self.now)
    #expect(evidence.reachability(by: .xmpp).finding == .unknown(.notAsked))
    evidence.profile.append(try Self.stated("xmpp:bob@chat.example"))
    #expect(evidence.reachability(by: .xmpp).address == Address(stored: "bob@chat.example"))
  }

  @Test(
    arguments: [
      ("xmpp:bob@example.org", "xmpp bob@example.org"), ("XMPP:Bob@Example.ORG", "xmpp bob@example.org"),
      ("xmpp:bob@example.org?message;body=hi", "xmpp bob@example.org"),
      ("xmpp:bob@example.org?roster", "xmpp bob@example.org"),
      ("xmpp:bob@example.org/phone", "xmpp bob@example.org"),
      ("xmpp:b%C3%A4r@example.org", "xmpp bär@example.org"),
      ("sip:bob@example.org;transport=tls", "sip bob@example.org"),
      ("sips:bob@example.org", "sip bob@example.org"), ("xmpp:room@rooms.example.org?join", nil),
      ("xmpp://guest@example.org/bob@example.org", nil), ("xmpp:example.org", nil),
      ("sip:bob@example.org:5070", nil),
      ("sip:bob:secret@example.org", nil), ("mailto:bob@example.org", nil), ("https://example.org/@bob", nil),
      ("acct:bob@example.org", nil), ("bob@example.org", nil), ("xmpp:", nil), ("", nil), ("xmpp:bob@", nil),
      ("xmpp:@bob@example.org", nil), ("xmpp:sip:bob@example.org", nil),
      ("xmpp:bob%40evil.example@example.org", nil),
      ("xmpp:bob%3Ax@example.org", nil), ("xmpp:bob\u{202E}x@example.org", nil),
      ("xmpp:bob@exa mple.org", nil),
      ("xmpp:b%20b@example.org", nil), ("xmpp:%zz@example.org", nil),
      ("javascript:alert(1)//xmpp:bob@example.org", nil),
    ] as [(String, String?)])
  func anAddressInAURI(text: String, expected: String?) {
    #expect(StatedAddress(uri: text).map { "\($0.service) \($0.address)" } == expected)
  }

  @Test func aGiantURIStatesNothing() {
    #expect(StatedAddress(uri: "xmpp:" + String(repeating: "b", count: 100_000) + "@example.org") == nil)
  }

  @Test("answers hold for their time, failures are tried again ever later, an outage is no change of mind")
  func findings() {
    var finding = Finding<DomainOffer>.new
    #expect(finding.isDue(at: Self.now))
    finding.fail(at: Self.now)
    #expect(finding.askAgainAt == Self.now + 600 && finding.answer == nil)
    finding.hear(.offered, life: FindingLife.good, at: Self.now)
    #expect(!finding.isDue(at: Self.now + 86_399) && finding.isDue(at: Self.now + 86_400))
    var now = Self.now + 86_400
    let pauses = (0..<8).map { _ in
      finding.fail(at: now)
      let pause = finding.askAgainAt - now
      now = finding.askAgainAt
      return pause
    }
    #expect(pauses == [600, 1_200, 2_400, 4_800, 9_600, 19_200, 21_600, 21_600])
    #expect(finding.answer == .offered)
    finding.fail(at: Self.now + 8 * 86_400)
    #expect(finding.answer == nil && finding.answeredAt == nil)
  }
}

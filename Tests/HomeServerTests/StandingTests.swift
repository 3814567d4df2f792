// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import Testing

@testable import HomeServer

@Suite struct StandingTests {
  typealias Case = (name: String, evidence: [StandingEvidence], verdict: StandingVerdict)

  static let alice = StandingEvidence.Seen(id: "7", username: "Alice")
  static let suspended = StandingEvidence.Seen(id: "7", username: "alice", isSuspended: true)
  static let renamed = StandingEvidence.Seen(id: "7", username: "alicia")
  static let stranger = StandingEvidence.Seen(id: "8", username: "alice")

  static func admin(
    _ isSuspended: Bool = false, disabled: Bool? = false, approved: Bool? = true, confirmed: Bool? = true
  ) -> StandingEvidence {
    StandingEvidence(
      .admin,
      .account(
        .init(
          id: "7", username: "alice", isSuspended: isSuspended, isDisabled: disabled, isApproved: approved,
          isConfirmed: confirmed)))
  }
  static func byID(_ answer: StandingEvidence.Answer) -> StandingEvidence { .init(.publicID, answer) }
  static func byName(_ answer: StandingEvidence.Answer) -> StandingEvidence { .init(.publicName, answer) }
  static func byToken(_ answer: StandingEvidence.Answer) -> StandingEvidence { .init(.memberToken, answer) }

  static let table: [Case] = [
    ("public entry", [byID(.account(alice))], .active),
    ("own token", [byToken(.account(alice))], .active),
    (
      "all agree", [admin(), byID(.account(alice)), byToken(.account(alice)), byName(.account(alice))],
      .active
    ),
    ("suspended in public", [byID(.account(suspended))], .suspended),
    ("suspended for moderators", [admin(true)], .suspended),
    (
      "suspended shows as disabled to the member", [byID(.account(suspended)), byToken(.loginDisabled)],
      .suspended
    ),
    ("frozen shows to the member only", [byID(.account(alice)), byToken(.loginDisabled)], .frozen),
    ("frozen for moderators", [admin(disabled: true)], .frozen),
    ("disabled, and nothing else known", [byToken(.loginDisabled), byID(.silence(.timedOut))], .frozen),
    ("not approved", [admin(approved: false)], .pending),
    ("not confirmed", [admin(confirmed: false)], .pending),
    ("pending by token", [byToken(.loginPending)], .pending),
    (
      "pending, which Mastodon hides by id and not by name",
      [byToken(.loginPending), byID(.unknownAccount), byName(.account(alice))], .pending
    ),
    ("gone by id", [byID(.unknownAccount)], .deleted),
    (
      "gone by id, a suspended stub by name",
      [byToken(.tokenRefused), byID(.unknownAccount), byName(.account(suspended))], .deleted
    ),
    ("gone by id and by name", [byID(.unknownAccount), byName(.unknownAccount)], .deleted),
    ("gone by id, disabled by token", [byID(.unknownAccount), byToken(.loginDisabled)], .deleted),
    ("gone for moderators", [StandingEvidence(.admin, .unknownAccount)], .deleted),
    ("missing by name once", [byName(.unknownAccount)], .unknown(.missingOnce)),
    ("missing by name twice", [byName(.unknownAccount), byName(.unknownAccount)], .deleted),
    (
      "missing by name twice, but there by id",
      [byName(.unknownAccount), byName(.unknownAccount), byID(.account(alice))], .active
    ),
    ("renamed", [byID(.account(renamed))], .renamed(to: "alicia")),
    (
      "renamed, and the old name free", [byID(.account(renamed)), byName(.unknownAccount)],
      .renamed(to: "alicia")
    ),
    (
      "renamed, and the old name taken", [byID(.account(renamed)), byName(.account(stranger))],
      .reowned(newID: "8")
    ),
    ("gone, and the name taken", [byID(.unknownAccount), byName(.account(stranger))], .reowned(newID: "8")),
    ("name taken, id silent", [byID(.silence(.timedOut)), byName(.account(stranger))], .reowned(newID: "8")),
    (
      "two owners of one name", [byID(.account(alice)), byName(.account(stranger))], .unknown(.contradiction)
    ),
    ("there and gone", [byID(.unknownAccount), byToken(.account(alice))], .unknown(.contradiction)),
    ("another id than asked for", [byID(.account(stranger))], .unknown(.contradiction)),
    (
      "the token is another member's", [byID(.account(alice)), byToken(.account(stranger))],
      .unknown(.contradiction)
    ),
    ("token taken back", [byToken(.tokenRefused), byID(.account(alice))], .active),
    (
      "token taken back, no other way", [byToken(.tokenRefused), byID(.silence(.tokenNeeded))],
      .unknown(.tokenRefused)
    ),
    ("wrong scope is no suspension", [byToken(.silence(.wrongScope)), byID(.account(alice))], .active),
    ("wrong scope alone", [byToken(.silence(.wrongScope))], .unknown(.silence(.wrongScope))),
    (
      "outage", [byID(.silence(.unreachable)), byToken(.silence(.unreachable))],
      .unknown(.silence(.unreachable))
    ),
    ("nothing", [], .unknown(.silence(nil))),
  ]

  @Test(arguments: table.indices) func isJudgedByTheTable(index: Int) {
    let row = Self.table[index]
    let question = StandingQuestion(id: "7", username: "alice", refusalIsRevocation: true)
    #expect(question.judge(row.evidence) == row.verdict, "\(row.name)")
    #expect(question.judge(row.evidence.reversed()) == row.verdict, "\(row.name), the other way round")
  }

  @Test func whereARefusedTokenMayMeanSuspensionTheMemberIsOut() {
    let question = StandingQuestion(id: "7", username: "alice", refusalIsRevocation: false)
    #expect(question.judge([Self.byToken(.tokenRefused), Self.byID(.silence(.tokenNeeded))]) == .frozen)
    #expect(question.judge([Self.byToken(.tokenRefused), Self.byID(.account(Self.alice))]) == .frozen)
    #expect(question.judge([Self.byToken(.tokenRefused), Self.admin()]) == .active)
    #expect(question.judge([Self.byToken(.account(Self.alice))]) == .active)
  }

  @Test(arguments: HomeServerError.Code.outages) func anOutageIsNeverAVerdict(code: HomeServerError.Code) {
    let failure = HomeServerError(code, cause: "", remedy: "")
    let question = StandingQuestion(id: "7", username: "alice", refusalIsRevocation: false)
    for source in [StandingEvidence.Source.publicID, .publicName, .memberToken, .admin] {
      let evidence = StandingEvidence(source, failure: failure)
      #expect(question.judge([evidence, evidence, evidence]).standing == nil)
      #expect(question.judge([evidence, Self.byID(.account(Self.alice))]) == .active)
    }
  }

  @Test func anAdminsRefusedTokenSaysNothingAboutTheMember() {
    for code in [HomeServerError.Code.tokenRevoked, .wrongScope, .loginDisabled, .loginPending, .refused] {
      let evidence = StandingEvidence(.admin, failure: HomeServerError(code, cause: "", remedy: ""))
      #expect(evidence.answer == .silence(code))
    }
  }

  @Test(arguments: [
    (
      #"{"id":"7","username":"alice","domain":null,"suspended":false,"disabled":true,"approved":true,"email":"a@b","ip":"1.2.3.4"}"#,
      true, false
    ),
    (#"{"id":"7","username":"alice","suspended":false,"account":{"id":"7","suspended":true}}"#, true, true),
    (#"{"id":"7","username":"alice","domain":"other.example","suspended":true}"#, false, false),
    (#"{"id":"7","username":"alice"}"#, false, false),
  ]) func theModeratorsEntryIsReadWithCare(json: String, isSeen: Bool, isSuspended: Bool) throws {
    let wire = try JSONDecoder.mastodon.decode(AdminAccountWire.self, from: Data(json.utf8))
    #expect((wire.seen != nil) == isSeen)
    #expect((wire.seen?.isSuspended ?? false) == isSuspended)
    #expect(!"\(wire)".contains("a@b") && !"\(wire)".contains("1.2.3.4"))
  }
}

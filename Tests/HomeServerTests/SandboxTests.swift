// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import NIOHTTP1
import Testing

@testable import HomeServer

/// Against the sandbox home server, which is as strict as Mastodon.
@Suite(.timeLimit(.minutes(1))) struct SandboxTests {
  static let callback = "http://127.0.0.1:9/sign-in/callback"

  static func register(_ stage: SandboxStage) async throws -> (Discovery, Registration) {
    let discovery = try await stage.client.discover()
    let app = AppDescription(
      name: "Trunkline", website: nil, redirectURI: callback, scopes: .all(offered: discovery.scopes))
    return (discovery, try await stage.client.register(app, discovery))
  }

  static func attempt(_ discovery: Discovery, _ registration: Registration) throws -> SignInAttempt {
    try SignInAttempt(
      registration: registration, discovery: discovery,
      scopes: .needed(for: .signIn, offered: discovery.scopes))
  }

  static func signIn(
    _ stage: SandboxStage, as name: String
  ) async throws -> (token: AccessToken, discovery: Discovery, registration: Registration) {
    let (discovery, registration) = try await register(stage)
    let attempt = try attempt(discovery, registration)
    let query = try await stage.visit(attempt.authorizationURL(registration, discovery), as: name)
    let token = try await stage.client.exchange(
      attempt.code(fromCallback: query), of: attempt, registration, discovery)
    return (token, discovery, registration)
  }

  @Test func aMemberSignsInAndIsKnownById() async throws {
    try await SandboxStage.with { stage in
      let (token, discovery, _) = try await Self.signIn(stage, as: "alice")
      #expect(discovery.software.name == "mastodon" && discovery.capabilities.contains(.userinfo))
      #expect(token.scopes.description == "profile read:accounts")
      let account = try await stage.client.identity(token, discovery)
      #expect(account.name.text == "alice" && account.displayName == "Alice Liddell")
      #expect(try await account.id == stage.id(of: "alice"))
    }
  }

  @Test func aMemberWhoSaysNoIsNotSignedIn() async throws {
    try await SandboxStage.with { stage in
      let (discovery, registration) = try await Self.register(stage)
      let attempt = try Self.attempt(discovery, registration)
      let query = try await stage.visit(
        attempt.authorizationURL(registration, discovery), as: "bob", agrees: false)
      let error = #expect(throws: HomeServerError.self) { try attempt.code(fromCallback: query) }
      #expect(error?.code == .denied)
    }
  }

  @Test func aCodeServesOnceAndOnlyWithItsProofKey() async throws {
    try await SandboxStage.with { stage in
      let (discovery, registration) = try await Self.register(stage)
      let attempt = try Self.attempt(discovery, registration)
      let other = try Self.attempt(discovery, registration)
      let query = try await stage.visit(attempt.authorizationURL(registration, discovery), as: "carol")
      let code = try attempt.code(fromCallback: query)
      let stolen = await #expect(throws: HomeServerError.self) {
        try await stage.client.exchange(code, of: other, registration, discovery)
      }
      #expect(stolen?.code == .codeRefused)
      let second = try await stage.visit(attempt.authorizationURL(registration, discovery), as: "carol")
      let fresh = try attempt.code(fromCallback: second)
      _ = try await stage.client.exchange(fresh, of: attempt, registration, discovery)
      let again = await #expect(throws: HomeServerError.self) {
        try await stage.client.exchange(fresh, of: attempt, registration, discovery)
      }
      #expect(again?.code == .codeRefused)
    }
  }

  @Test func aRegistrationThatTheServerForgotIsNoticed() async throws {
    try await SandboxStage.with { stage in
      let (discovery, registration) = try await Self.register(stage)
      let stale = Registration(
        home: registration.home, clientID: "forgotten", clientSecret: Secret("forgotten"),
        redirectURI: Self.callback, scopes: registration.scopes)
      let attempt = try Self.attempt(discovery, stale)
      let error = await #expect(throws: HomeServerError.self) {
        try await stage.client.exchange(Secret("code"), of: attempt, stale, discovery)
      }
      #expect(error?.code == .registrationInvalid)
    }
  }

  @Test func aRegistrationIsNotShownToAnotherServer() async throws {
    try await SandboxStage.with { stage in
      let (discovery, registration) = try await Self.register(stage)
      let foreign = Registration(
        home: try url("https://other.example"), clientID: registration.clientID,
        clientSecret: registration.clientSecret, redirectURI: Self.callback, scopes: registration.scopes)
      let attempt = try Self.attempt(discovery, foreign)
      let error = await #expect(throws: HomeServerError.self) {
        try await stage.client.exchange(Secret("code"), of: attempt, foreign, discovery)
      }
      #expect(error?.code == .mixedUp)
    }
  }

  @Test func registeringTooOftenIsRefusedWithATime() async throws {
    try await SandboxStage.with { stage in
      // Five in ten minutes; and the next ten minutes may begin meanwhile.
      var refusal: HomeServerError?
      for _ in 0..<11 where refusal == nil {
        do { _ = try await Self.register(stage) } catch let error as HomeServerError { refusal = error }
      }
      #expect(refusal?.code == .rateLimited && refusal?.retryAfter != nil)
    }
  }

  @Test func aTokenThatWasGivenBackIsOver() async throws {
    try await SandboxStage.with { stage in
      let (token, discovery, registration) = try await Self.signIn(stage, as: "grace")
      #expect(try await stage.client.revoke(token, registration, discovery))
      let error = await #expect(throws: HomeServerError.self) {
        try await stage.client.identity(token, discovery)
      }
      #expect(error?.code == .tokenRevoked)
    }
  }

  @Test(arguments: [("gotosocial", nil), ("snac", "software-refused")] as [(String, String?)])
  func otherSoftwareIsToldApart(software: String, refusal: String?) async throws {
    try await SandboxStage.with { stage in
      try await stage.control(.PUT, "software", ["name": software])
      do {
        let found = try await stage.client.discover()
        #expect(refusal == nil && found.software.name == software && found.issuer == nil)
        let (token, discovery, _) = try await Self.signIn(stage, as: "judy")
        #expect(try await stage.client.identity(token, discovery).name.text == "judy")
      } catch let error as HomeServerError { #expect(error.code.rawValue == refusal) }
    }
  }

  /// What happens to the member, and how that looks to us: with the token, without it, and to a moderator.
  static let fates: [(event: String, byToken: Standing, inPublic: Standing, byAdmin: Standing)] = [
    ("suspend", .suspended, .suspended, .suspended), ("freeze", .frozen, .active, .frozen),
    ("delete", .suspended, .suspended, .suspended), ("silence", .active, .active, .active),
    ("revoke-tokens", .active, .active, .active), ("reset-password", .active, .active, .active),
    // Only the member's own token tells that a second factor is owed.
    ("demand-2fa", .frozen, .active, .active),
  ]

  @Test(arguments: fates.indices) func everyFateIsSeen(index: Int) async throws {
    let fate = Self.fates[index]
    try await SandboxStage.with { stage in
      let (token, discovery, _) = try await Self.signIn(stage, as: "alice")
      let admin = try await stage.token(of: "trent", "admin:read:accounts")
      let question = StandingQuestion(id: try await stage.id(of: "alice"), username: "alice", discovery)
      #expect(await stage.client.standing(question, token: token).verdict == .active)
      #expect(await stage.client.standing(question).verdict == .active)
      try await stage.control(.POST, "members/alice/\(fate.event)")
      let byToken = await stage.client.standing(question, token: token)
      #expect(byToken.verdict.standing == fate.byToken, "\(fate.event): \(byToken)")
      let inPublic = await stage.client.standing(question)
      #expect(inPublic.verdict.standing == fate.inPublic, "\(fate.event): \(inPublic)")
      let byAdmin = await stage.client.standing(question, adminToken: admin)
      #expect(byAdmin.verdict.standing == fate.byAdmin, "\(fate.event): \(byAdmin)")
    }
  }

  @Test func pendingAndUnconfirmedMembersAreSeen() async throws {
    try await SandboxStage.with { stage in
      for event in ["pend", "unconfirm"] {
        let token = AccessToken(try await stage.token(of: "heidi", "read"), scopes: Scopes(text: "read"))
        try await stage.control(.POST, "members/heidi/\(event)")
        #expect(await stage.client.evidenceFromMember(token).answer == .loginPending)
        try await stage.control(.POST, "members/heidi/\(event == "pend" ? "approve" : "confirm")")
        #expect(await stage.client.evidenceFromMember(token).answer != .loginPending)
      }
    }
  }

  @Test func whoHasMovedElsewhereIsOutWhicheverWayIsAsked() async throws {
    try await SandboxStage.with { stage in
      let (token, discovery, _) = try await Self.signIn(stage, as: "alice")
      let admin = try await stage.token(of: "trent", "admin:read:accounts")
      let question = StandingQuestion(id: try await stage.id(of: "alice"), username: "alice", discovery)
      for to in ["alice@elsewhere.example", nil] {
        try await stage.control(.POST, "members/alice/move", to.map { ["to": $0] } ?? [:])
        let wanted = to == nil ? StandingVerdict.active : .frozen
        #expect(await stage.client.standing(question, token: token).verdict == wanted)
        #expect(await stage.client.standing(question).verdict == wanted)
        #expect(await stage.client.standing(question, adminToken: admin).verdict == wanted)
      }
    }
  }

  /// Mastodon after 4.6 speaks the member's language.
  @Test(
    arguments: [("freeze", .loginDisabled), ("pend", .loginPending), ("unconfirm", .loginPending)]
      as [(String, StandingEvidence.Answer)])
  func whyALoginDoesNotWorkIsReadInEveryLanguage(event: String, answer: StandingEvidence.Answer) async throws
  {
    try await SandboxStage.with { stage in
      try await stage.control(.POST, "members/alice/language", ["to": "de"])
      let (token, _, _) = try await Self.signIn(stage, as: "alice")
      try await stage.control(.POST, "members/alice/\(event)")
      #expect(await stage.client.evidenceFromMember(token).answer == answer)
    }
  }

  @Test func aRenamedMemberAndANewOwnerOfANameAreSeen() async throws {
    try await SandboxStage.with { stage in
      let discovery = try await stage.client.discover()
      let bob = StandingQuestion(id: try await stage.id(of: "bob"), username: "bob", discovery)
      try await stage.control(.POST, "members/bob/rename", ["to": "robert"])
      #expect(await stage.client.standing(bob).verdict == .renamed(to: "robert"))
      let carol = StandingQuestion(id: try await stage.id(of: "carol"), username: "carol", discovery)
      try await stage.control(.POST, "members/carol/reown")
      let taken = await stage.client.standing(carol)
      #expect(try await taken.verdict == .reowned(newID: stage.id(of: "carol")), "\(taken)")
    }
  }

  @Test func aTokenWithoutTheRightSaysNothingAboutTheMember() async throws {
    try await SandboxStage.with { stage in
      let token = AccessToken(try await stage.token(of: "alice", "write"), scopes: Scopes(text: "write"))
      #expect(await stage.client.evidenceFromMember(token).answer == .silence(.wrongScope))
      let member = try await stage.token(of: "alice", "read")
      let asked = try await stage.client.evidenceFromAdmin(id: stage.id(of: "bob"), member)
      #expect(asked.answer == .silence(.wrongScope) || asked.answer == .silence(.refused))
    }
  }

  @Test(arguments: ["status", "hang", "not_json", "wrong_shape", "oversize", "drip"])
  func aServerInTroubleChangesNobodysStanding(kind: String) async throws {
    try await SandboxStage.with { stage in
      let discovery = try await stage.client.discover()
      let question = StandingQuestion(id: try await stage.id(of: "alice"), username: "alice", discovery)
      let token = AccessToken(try await stage.token(of: "alice", "read"), scopes: Scopes(text: "read"))
      var fault: [String: any Sendable] = ["kind": kind, "endpoint": "*"]
      if kind != "hang" { fault["milliseconds"] = 100 }
      try await stage.control(.POST, "faults", fault)
      // Impatient only here: what has to succeed gets the time that it needs.
      let hasty = try HomeServerClient(
        address: stage.client.address,
        limits: WireLimits(overall: .milliseconds(700), backOff: .milliseconds(5)), logger: quietLogger)
      let time = await ContinuousClock().measure {
        let (verdict, evidence) = await hasty.standing(question, token: token)
        #expect(verdict.standing == nil, "\(verdict) by \(evidence)")
      }
      #expect(time < .seconds(20))
      let error = await #expect(throws: HomeServerError.self) { try await hasty.discover() }
      #expect(error?.isOutage == true, "\(String(describing: error))")
      await hasty.shutdown()
      try await stage.control(.DELETE, "faults")
      #expect(await stage.client.standing(question, token: token).verdict == .active)
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import HTTPTypes
import HomeServer
import Storage
import Testing

@testable import Accounts

/// People, blocks and mutes on their way from a running home server into the ledger and to the engines.
///
/// What is tested is `Accounts`. It stands here since it shares the sandbox home server and the stage with the tests of
/// the pages; those of `Accounts` are linked with neither sandbox nor web server.
@Suite(.timeLimit(.minutes(5))) struct RelationsTests {
  private func blocks(_ stage: RelationsStage, _ account: Account) async throws -> Set<Block> {
    try await stage.accounts.ledger.read { try $0.blocks(of: account.id) }
  }

  @Test func whatTheHomeServerKnowsReachesTheEngines() async throws {
    try await RelationsStage.with { stage in
      let alice = try await stage.member("alice")
      #expect(try await stage.accounts.relations(of: alice.id).state == .neverRead)
      try await stage.accounts.refreshRelations(of: alice.id)
      let page = try await stage.accounts.people(of: alice.id)
      #expect(
        page.state == .complete && page.asOf == stage.clock.now()
          && page.relations.blocksAsOf == stage.clock.now())
      #expect(page.people.first?.isMutual == true && page.next == nil)
      #expect(page.counts == PeopleCounts(mutual: 5, followedOnly: 0, followersOnly: 3))
      #expect(
        try stage.projected("alice") == [
          "bob@social.localhost": "f", "carol@social.localhost": "f", "grace@social.localhost": "f",
          "heidi@social.localhost": "f", "mallory@social.localhost": "b", "@spam.example": "b",
          "frank@social.localhost": "m",
        ])
      #expect(try stage.projected("*") == ["@.blocked.example": "b"])
    }
  }

  @Test func unblockingThereLiftsWhatCameFromThereAndNothingElse() async throws {
    try await RelationsStage.with { stage in
      let alice = try await stage.member("alice")
      try await stage.accounts.ledger.write { [now = stage.clock.now()] in
        try $0.setBlocks(
          [.address("mallory@social.localhost"), .domain("app.example")], from: .app, of: alice.id, at: now)
      }
      try await stage.control(.put, "members/alice/blocks/nils@bridge.example")
      try await stage.accounts.refreshRelations(of: alice.id)
      #expect(try stage.projected("alice")["nils@bridge.example"] == "b")
      try await stage.control(.delete, "members/alice/blocks/nils@bridge.example")
      try await stage.control(.delete, "members/alice/blocks/mallory")
      try await stage.control(.delete, "members/alice/domain_blocks/spam.example")
      try await stage.accounts.refreshRelations(of: alice.id)
      #expect(
        try await blocks(stage, alice) == [
          Block(target: .address("mallory@social.localhost"), origin: .app),
          Block(target: .domain("app.example"), origin: .app),
        ])
      #expect(try stage.projected("alice")["nils@bridge.example"] == nil)
    }
  }

  @Test(arguments: [
    "{\"kind\":\"status\",\"status\":500}", "{\"kind\":\"not_json\"}", "{\"kind\":\"wrong_shape\"}",
    "{\"kind\":\"status\",\"status\":404}", "{\"kind\":\"status\",\"status\":422}",
    "{\"kind\":\"same_page\"}",
    "{\"kind\":\"circling_pages\"}", "{\"kind\":\"oversize\",\"bytes\":10000000}",
    "{\"kind\":\"status\",\"status\":429,\"headers\":{\"Retry-After\":\"3000\"}}",
  ])
  func aListThatCannotBeReadChangesNothing(_ fault: String) async throws {
    try await RelationsStage.with { stage in
      let alice = try await stage.member("alice")
      try await stage.accounts.refreshRelations(of: alice.id)
      let before = try await stage.accounts.people(of: alice.id)
      let blocked = try await blocks(stage, alice)
      try await stage.control(.delete, "members/alice/blocks/mallory")
      try await stage.control(.delete, "members/alice/follows/bob")
      let what = try #require(
        try JSONSerialization.jsonObject(with: Data(fault.utf8)) as? [String: any Sendable])
      for endpoint in ["GET /api/v1/blocks", "GET /api/v1/accounts/:id/followers"] {
        try await stage.control(.post, "faults", what.merging(["endpoint": endpoint]) { $1 })
      }
      stage.clock.advance(600)
      try await stage.accounts.refreshRelations(of: alice.id)
      let after = try await stage.accounts.people(of: alice.id)
      guard case .failed = after.state else {
        Issue.record("\(after.state)")
        return
      }
      #expect(after.people == before.people && after.asOf == before.asOf)
      #expect(after.relations.blocksAsOf == before.relations.blocksAsOf)
      #expect(try await blocks(stage, alice) == blocked)
      try await stage.control(.delete, "faults")
      // Who was told to wait waits, by the clock on the wall.
      if fault.contains("429") { return }
      try await stage.accounts.refreshRelations(of: alice.id)
      let mended = try await stage.accounts.people(of: alice.id)
      #expect(mended.asOf == stage.clock.now() && mended.people.count == before.people.count)
      #expect(mended.people.first { $0.address.local == "bob" }?.follows == false)
      #expect(try await blocks(stage, alice).count == blocked.count - 1)
    }
  }

  @Test func onlyAMembersBlockedDomainsMayBeMissing() async throws {
    try await RelationsStage.with { stage in
      try await stage.control(.put, "software", ["name": "gotosocial"])
      let alice = try await stage.member("alice")
      try await stage.accounts.refreshRelations(of: alice.id)
      let before = try await stage.accounts.relations(of: alice.id)
      #expect(before.state == .complete, "this software has no blocked domains")
      try await stage.control(
        .post, "faults", ["endpoint": "GET /api/v1/blocks", "kind": "status", "status": 404])
      stage.clock.advance(600)
      try await stage.accounts.refreshRelations(of: alice.id)
      let after = try await stage.accounts.relations(of: alice.id)
      guard case .failed = after.state else {
        Issue.record("\(after.state)")
        return
      }
      #expect(after.blocksAsOf == before.blocksAsOf)
    }
  }

  @Test func aNewBlockHoldsEvenIfPeopleCannotBeRead() async throws {
    try await RelationsStage.with { stage in
      let alice = try await stage.member("alice")
      try await stage.control(.put, "members/alice/blocks/bob")
      for endpoint in [
        "GET /api/v1/accounts/:id/*", "GET /api/v1/mutes", "GET /api/v1/instance/domain_blocks",
      ] {
        try await stage.control(.post, "faults", ["endpoint": endpoint, "kind": "status", "status": 500])
      }
      try await stage.accounts.refreshRelations(of: alice.id)
      #expect(try stage.projected("alice")["bob@social.localhost"] == "b")
      #expect(try await stage.accounts.relations(of: alice.id).state == .failed(code: "server-failed"))
      #expect(try await stage.accounts.relations(of: alice.id).blocksAsOf == nil, "mutes are not known")
    }
  }

  @Test func blocksStayWhenAccessIsGone() async throws {
    try await RelationsStage.with { stage in
      let alice = try await stage.member("alice")
      try await stage.accounts.refreshRelations(of: alice.id)
      let asOf = stage.clock.now()
      let blocked = try await blocks(stage, alice)
      try await stage.control(.post, "members/alice/revoke-tokens")
      stage.clock.advance(3_600)
      try await stage.accounts.refreshRelations(of: alice.id)
      let status = try await stage.accounts.relations(of: alice.id)
      #expect(status.state == .needsSignIn && status.blocksAsOf == asOf && status.peopleAsOf == asOf)
      #expect(try await blocks(stage, alice) == blocked)
      #expect(try stage.projected("alice")["mallory@social.localhost"] == "b")
      try await stage.signIn(alice)
      try await stage.accounts.refreshRelations(of: alice.id)
      #expect(try await stage.accounts.relations(of: alice.id).state == .complete)
    }
  }

  @Test func whoSignedInBeforePeopleWereAskedForHasToSignInAgain() async throws {
    try await RelationsStage.with { stage in
      let alice = try await stage.member("alice", scopes: "profile read:accounts")
      try await stage.accounts.refreshRelations(of: alice.id)
      #expect(try await stage.accounts.people(of: alice.id).state == .needsSignIn)
      #expect(try await stage.requests("GET /api/v1/blocks") == 0)
      let nobody = try await stage.member("bob", scopes: nil)
      try await stage.accounts.refreshRelations(of: nobody.id)
      #expect(try await stage.accounts.people(of: nobody.id).state == .needsSignIn)
    }
  }

  @Test func whoIsFrozenIsOutAtOnce() async throws {
    try await RelationsStage.with { stage in
      let alice = try await stage.member("alice")
      try await stage.control(.post, "members/alice/freeze")
      try await stage.accounts.refreshRelations(of: alice.id)
      #expect(try await stage.accounts.account(alice.id).standing == .frozen)
      await #expect(throws: AccountsError.self) { try await stage.accounts.refreshRelations(of: alice.id) }
    }
  }

  @Test func manyWhoAskAtOnceShareOneReading() async throws {
    try await RelationsStage.with { stage in
      let alice = try await stage.member("alice")
      try await stage.control(
        .post, "faults", ["endpoint": "GET /api/v1/blocks", "kind": "hang", "milliseconds": 300, "times": 1])
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<20 { group.addTask { try? await stage.accounts.refreshRelations(of: alice.id) } }
      }
      #expect(try await stage.requests("GET /api/v1/blocks") == 1)
      // Pages ask again after a while, and not each time.
      for _ in 0..<5 { _ = try await stage.accounts.people(of: alice.id) }
      #expect(try await stage.requests("GET /api/v1/blocks") == 1)
      stage.clock.advance(Accounts.relationsFreshness)
      #expect(try await stage.accounts.people(of: alice.id).state == .reading)
      try await stage.accounts.refreshRelations(of: alice.id)
      #expect(try await stage.requests("GET /api/v1/blocks") == 2)
    }
  }

  @Test(arguments: [FailPoint.beforeLedger, .afterLedger, .beforeProjection, .afterProjection])
  func aCrashBetweenTheStepsLosesNoBlock(_ point: FailPoint) async throws {
    try await RelationsStage.with { stage in
      let alice = try await stage.member("alice")
      stage.failures.crash(at: point)
      try? await stage.accounts.refreshRelations(of: alice.id)
      stage.failures.crash(at: nil)
      #expect(
        try await blocks(stage, alice).count == 2, "the set is in the ledger before the engines hear of it")
      // What the follower does each second, and at a start.
      _ = try await stage.accounts.projections.follow()
      #expect(try stage.projected("alice")["mallory@social.localhost"] == "b")
    }
  }

  @Test func whoIsDeletedHereIsForgottenAtOnce() async throws {
    try await RelationsStage.with { stage in
      let alice = try await stage.member("alice")
      try await stage.accounts.refreshRelations(of: alice.id)
      try await stage.accounts.delete(alice.id, by: .member)
      let (page, muted) = try await stage.accounts.ledger.read { reader in
        (try reader.people(of: alice.id, PeopleQuery()).people, try reader.muted(by: alice.id))
      }
      #expect(page.isEmpty && muted.isEmpty)
      await #expect(throws: AccountsError.self) {
        try await stage.accounts.setKeepAccess(true, of: alice.id, by: .member)
      }
    }
  }

  @Test func whatTheAdminShutsOutIsReadOnceForAllAndStaysWhenItIsHidden() async throws {
    try await RelationsStage.with(adminToken: "admin:read:domain_blocks") { stage in
      try await stage.control(.put, "domain_blocks/worse.example", ["obfuscate": true])
      try await stage.accounts.readSiteBlocks(nil, limits: ListLimits())
      #expect(try stage.projected("*") == ["@.blocked.example": "b", "@.worse.example": "b"])
      let bob = try await stage.member("bob")
      try await stage.accounts.refreshRelations(of: bob.id)
      #expect(try await stage.requests("GET /api/v1/admin/domain_blocks") == 1)
      // The admin's token is no admin's any more: what members see hides a name that is known.
      try await stage.control(.post, "members/trent/revoke-tokens")
      try await stage.control(.delete, "domain_blocks/blocked.example")
      stage.clock.advance(Accounts.siteBlocksInterval)
      try await stage.accounts.refreshRelations(of: bob.id)
      #expect(try stage.projected("*") == ["@.worse.example": "b"])
    }
  }

  @Test func whatIsShownToMembersAloneIsReadWithAMembersToken() async throws {
    try await RelationsStage.with { stage in
      try await stage.accounts.readSiteBlocks(nil, limits: ListLimits())
      #expect(try await stage.accounts.ledger.read { try $0.siteRelations() }.isEmpty)
      let bob = try await stage.member("bob")
      try await stage.accounts.refreshRelations(of: bob.id)
      #expect(try stage.projected("*") == ["@.blocked.example": "b"])
      try await stage.accounts.refreshRelations(of: bob.id)
      #expect(try await stage.requests("GET /api/v1/instance/domain_blocks") == 2)
    }
  }

  @Test func theServiceReadsForWhoLetsItAndNobodyElse() async throws {
    try await RelationsStage.with { stage in
      let (alice, bob) = try await (stage.member("alice"), stage.member("bob"))
      try await stage.accounts.setKeepAccess(true, of: alice.id, by: .member)
      #expect(try await stage.accounts.relations(of: alice.id).keepsAccess)
      let service = Task { try await RelationsSync(accounts: stage.accounts, tick: .milliseconds(20)).run() }
      while try await stage.accounts.relations(of: alice.id).state != .complete {
        try await Task.sleep(for: .milliseconds(10))
      }
      try await stage.control(.put, "members/alice/blocks/carol")
      stage.clock.advance(Accounts.relationsInterval + 1)
      // Whom she follows is not read again yet.
      while try stage.projected("alice")["carol@social.localhost"] != "bf" {
        try await Task.sleep(for: .milliseconds(10))
      }
      service.cancel()
      _ = await service.result
      #expect(try await stage.accounts.relations(of: bob.id).state == .neverRead)
      #expect(
        try await stage.requests("GET /api/v1/accounts/:id/following") == 1, "people are read less often")
      try await stage.accounts.setKeepAccess(false, of: alice.id, by: .member)
      stage.clock.advance(86_400)
      #expect(try await stage.accounts.relationsToRead(limit: 9).isEmpty)
      let audit = try await stage.accounts.audit(of: alice, limit: 9).map(\.action)
      #expect(audit.contains("access.kept") && audit.contains("access.not-kept"))
    }
  }

  @Test func fiveThousandFollowsAreTakenOver() async throws {
    try await RelationsStage.with { stage in
      let judy = try await stage.member("judy")
      try await stage.control(.post, "members/judy/crowd", ["count": 5_000, "ties": "following"])
      try await stage.accounts.refreshRelations(of: judy.id)
      let page = try await stage.accounts.people(
        of: judy.id, query: PeopleQuery(ties: .followed, search: "zoe"))
      #expect(page.counts.all == 5_002 && page.people.count == 40 && page.next != nil)
      #expect(page.people.allSatisfy { $0.displayName.hasPrefix("Zoë") })
    }
  }

  @Test func nobodyIsNobody() async throws {
    try await RelationsStage.with { stage in
      await #expect(throws: AccountsError.self) { try await stage.accounts.people(of: 404) }
      await #expect(throws: AccountsError.self) { try await stage.accounts.relations(of: 404) }
      await #expect(throws: AccountsError.self) { try await stage.accounts.refreshRelations(of: 404) }
      await #expect(throws: AccountsError.self) {
        try await stage.accounts.setKeepAccess(true, of: 404, by: .member)
      }
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import HomeServer
import Logging
import Storage
import Testing

@testable import Accounts

/// What becomes of tokens of the home server that are out of use. That it revokes them is shown with a running one,
/// in e2e/journeys.
@Suite struct TokenReturnTests {
  private static let token = AccessToken(Secret("token-one"), scopes: Scopes(text: "read:accounts"))
  private static let other = AccessToken(Secret("token-two"), scopes: Scopes(text: "read:accounts"))

  private func waiting(_ accounts: Accounts) async throws -> [Secret] {
    let far = Timestamp(seconds: 4_000_000_000)
    return try await accounts.ledger.read { [key = accounts.key] reader in
      try reader.tokenReturns(due: far, limit: 100).map {
        try AccessToken(stored: reader.open($0, key: key)).secret
      }.sorted { $0.reveal() < $1.reveal() }
    }
  }

  private func keep(_ token: AccessToken, of account: Account, _ accounts: Accounts) async throws {
    try await accounts.ledger.write { try accounts.keepToken(token, of: account, $0) }
  }

  /// With a home server at whose address nobody answers.
  private func withNobodyThere(
    _ accounts: Accounts, _ body: (Accounts) async throws -> Void
  ) async throws {
    let nowhere = try #require(URL(string: "http://127.0.0.1:9"))
    let client = try HomeServerClient(
      address: HomeServerAddress(domain: "example.social", baseURL: nowhere),
      limits: WireLimits(connect: .milliseconds(300), overall: .milliseconds(300), retries: 0),
      logger: accounts.log)
    let access = HomeServerAccess(
      client: client, adminToken: nil, webhookSecret: nil, portal: nowhere, ledger: accounts.ledger,
      key: accounts.key, clock: accounts.clock)
    let asking = Accounts(
      ledger: accounts.ledger, projections: accounts.projections, observations: accounts.observations,
      homeServer: access, rules: accounts.rules, key: accounts.key, clock: accounts.clock, log: accounts.log)
    do { try await body(asking) } catch {
      await client.shutdown()
      throw error
    }
    await client.shutdown()
  }

  @Test func deletingAnAccountAndNotingItsTokenAreOneStep() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    var accounts = try stage.open()
    let alice = try await stage.member(in: accounts)
    try await keep(Self.token, of: alice, accounts)
    stage.failures.crash(at: .inLedger)
    await #expect(throws: (any Error).self) { try await accounts.delete(alice.id, by: .admin) }
    #expect(try await waiting(accounts).isEmpty)
    stage.failures.crash(at: .afterLedger)
    await #expect(throws: (any Error).self) { try await accounts.delete(alice.id, by: .admin) }
    stage.failures.crash(at: nil)
    // As after a crash: whoever opens the ledger next finds the note.
    let key = accounts.key
    accounts = try stage.open()
    let left = try await accounts.ledger.read { try $0.tokenReturns(due: stage.clock.now(), limit: 9) }
    let entry = try #require(left.first)
    #expect(left.count == 1 && entry.account == alice.handle.description)
    #expect(try await waiting(accounts) == [Self.token.secret])
    #expect(try await accounts.ledger.read { try $0.token(of: alice.id, key: key) } == nil)
  }

  @Test func aTokenThatDoesNotOpenDoesNotStandInTheWayOfADeletion() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await stage.member(in: accounts)
    try await keep(Self.token, of: alice, accounts)
    let wrongKey = Accounts(
      ledger: accounts.ledger, projections: accounts.projections, observations: accounts.observations,
      homeServer: nil, rules: accounts.rules, key: SealingKey(random: .system), clock: accounts.clock,
      log: accounts.log)
    try await wrongKey.delete(alice.id, by: .admin)
    #expect(try await wrongKey.account(alice.id).deletedAt != nil)
    #expect(try await waiting(wrongKey).isEmpty)
  }

  @Test func anotherTokenTakesTheOldOnesPlaceAndTheSameOneDoesNot() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await stage.member(in: accounts)
    try await keep(Self.token, of: alice, accounts)
    try await keep(Self.token, of: alice, accounts)
    #expect(try await waiting(accounts).isEmpty)
    try await keep(Self.other, of: alice, accounts)
    #expect(try await waiting(accounts) == [Self.token.secret])
  }

  @Test func aTokenThatAnAccountHasIsNotRevoked() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await stage.member(in: accounts)
    try await keep(Self.token, of: alice, accounts)
    // Mastodon hands out the same token again, and this time the sign-in is refused.
    await accounts.giveBackUnused(Self.token)
    await accounts.giveBackUnused(Self.other)
    #expect(try await waiting(accounts) == [Self.token.secret, Self.other.secret])
    try await withNobodyThere(accounts) { asking in
      try await asking.returnTokens()
      #expect(try await waiting(asking) == [Self.other.secret])
    }
    let key = accounts.key
    #expect(try await accounts.ledger.read { try $0.token(of: alice.id, key: key) } != nil)
  }

  @Test func aHomeServerThatIsDownIsAskedAgainForAWeek() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await stage.member(in: accounts)
    try await keep(Self.token, of: alice, accounts)
    try await accounts.delete(alice.id, by: .member)
    try await withNobodyThere(accounts) { asking in
      try await asking.returnTokens()
      let due = { try await asking.ledger.read { try $0.tokenReturns(due: stage.clock.now(), limit: 9) } }
      #expect(try await due().isEmpty, "not again before its time")
      stage.clock.advance(60)
      #expect(try await due().map(\.attempts) == [1])
      try await asking.returnTokens()
      stage.clock.advance(60)
      #expect(try await due().isEmpty, "each time it waits longer")
      #expect(try await waiting(asking) == [Self.token.secret])
      stage.clock.advance(7 * 86_400)
      try await asking.returnTokens()
      #expect(try await waiting(asking).isEmpty)
    }
    let audit = try await accounts.audit(of: alice, limit: 1)
    #expect(audit.map(\.action) == ["token.not-returned"])
  }

  @Test func thePauseGrowsToSixHours() {
    let pauses = (0...12).map(Accounts.tokenReturnPause(after:))
    #expect(pauses.first == 60 && pauses.last == 6 * 3_600 && pauses == pauses.sorted())
    #expect(Accounts.tokenReturnPause(after: .max) == 6 * 3_600)
  }
}

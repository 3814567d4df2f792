// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
public import Directory
import Foundation
import HomeServer
import Logging
import Storage

/// Whom the member follows, who follows, blocks and mutes: read at the home server and taken over as sets.
///
/// Each set is replaced in one transaction when it was read to its end, or stays as it was. What cannot be read lifts
/// nothing: a block that was taken over holds until the home server itself says that it is gone.
extension Accounts {
  /// A page of ours has the home server asked again after that, in seconds.
  static let relationsFreshness: Int64 = 120
  /// How often it is asked for members who let us, in seconds.
  static let relationsInterval: Int64 = 600
  /// How often people are read then: the lists are long, and nobody's safety hangs on them. In seconds.
  static let peopleInterval: Int64 = 3_600
  /// How often the servers that its admin has shut out are asked for, in seconds.
  static let siteBlocksInterval: Int64 = 600

  /// What only another sign-in mends.
  static let mendedBySignIn: Set<String> = [
    HomeServerError.Code.tokenRevoked.rawValue, HomeServerError.Code.wrongScope.rawValue,
    HomeServerError.Code.appOnlyToken.rawValue, HomeServerError.Code.tokenNeeded.rawValue,
  ]

  /// Has the home server asked for the member's people, blocks and mutes, and waits for the end of it. Who asks while it
  /// is being asked waits for that.
  /// - Throws: ``AccountsError`` `noSuchAccount`, `keptOut`, `disabledHere`, `beingDeleted`, `notSetUp`. What the home
  ///   server said or did not say stands in ``relations(of:)``.
  public func refreshRelations(of id: Account.ID) async throws {
    let homeServer = try requireHomeServer()
    try await homeServer.reads.join(id) { try await readRelations(of: id, withPeople: true) }
  }

  /// As ``refreshRelations(of:)``, without waiting.
  /// - Parameters:
  ///   - seconds: nothing is done if it was begun since.
  ///   - withPeople: whether whom the member follows, and who follows, is read even if it is not that old.
  func beginRelations(of id: Account.ID, unlessAskedWithin seconds: Int64, withPeople: Bool = true) async {
    guard let homeServer, let record = try? await ledger.read({ try $0.relationsRecord(of: id) }),
      record.hasToken, record.askedAt.map({ clock() - $0 >= seconds }) ?? true
    else { return }
    let isOld = record.peopleAt.map { clock() - $0 >= Self.peopleInterval } ?? true
    await homeServer.reads.begin(id) {
      do { try await readRelations(of: id, withPeople: withPeople || isOld) } catch {
        if !(error is CancellationError) {
          log.warning("relations not read", metadata: ["cause": "\(error)"])
        }
      }
    }
  }

  /// Members who let us ask regularly, and whose turn it is.
  func relationsToRead(limit: Int) async throws -> [Account.ID] {
    let before = clock() + -Self.relationsInterval
    return try await ledger.read { try $0.relationsToRead(before: before, limit: limit) }
  }

  private func readRelations(of id: Account.ID, withPeople: Bool) async throws {
    let homeServer = try requireHomeServer()
    let began = clock()
    let account = try await self.account(id)
    if let refusal = AccountsError.refusal(of: account) { throw refusal }
    try await ledger.write { try $0.noteRelationsAsked(of: id, at: began) }
    var failure: HomeServerError?
    do {
      let token = try await keptToken(of: id)
      let discovery = try await homeServer.discovery()
      guard let token, token.scopes.covers(Scopes.needed(for: .contacts, offered: discovery.scopes)) else {
        throw HomeServerError(
          .wrongScope, cause: "The member's access does not include people, blocks and mutes.",
          remedy: "It does after the next sign-in.")
      }
      // What keeps people out comes first: long lists of people must not hold it up.
      let reading = RelationsReading(
        client: homeServer.client, token: token, discovery: discovery, account: account,
        limits: homeServer.reads.limits)
      failure = try await takeBlocks(reading, began)
      try await readSiteBlocks(token, limits: homeServer.reads.limits)
      if withPeople { try await takePeople(reading, began) }
    } catch let error as HomeServerError {
      failure = error
    }
    if failure?.code == .cancelled { throw CancellationError() }
    let code = failure?.code.rawValue
    try await ledger.write { try $0.noteRelationsEnded(of: id, failure: code) }
    guard let failure else { return }
    log.info("relations not read to the end", metadata: ["code": "\(failure.code)"])
    let aboutLogin: Set<HomeServerError.Code> = [.tokenRevoked, .loginDisabled, .loginPending]
    if aboutLogin.contains(failure.code) { try await recheck(account, urgent: true) }
  }

  /// - Returns: why one of the sets could not be read; the others are taken over all the same.
  private func takeBlocks(
    _ reading: RelationsReading, _ began: Timestamp
  ) async throws -> HomeServerError? {
    let blocks = await reading.blocks()
    let domains = await reading.domainBlocks()
    let mutes = await reading.mutes()
    let failure = [blocks.failure, domains.failure, mutes.failure].compactMap { $0 }.first
    let account = reading.account
    let now = clock()
    let changed = try await ledger.write { writer in
      guard let current = try writer.reader.account(account.id), current.deletedAt == nil else {
        return false
      }
      var changed = false
      if let list = blocks.list {
        let targets = Set(list.entries.map(\.address.description))
        changed = try writer.replaceBlocks(
          .address, targets, from: .homeServer, of: account.id, isCut: list.isCut, at: now)
      }
      if let list = domains.list {
        let more = try writer.replaceBlocks(
          .domain, Set(list.entries), from: .homeServer, of: account.id, isCut: list.isCut, at: now)
        changed = changed || more
      }
      if let list = mutes.list {
        let more = try writer.setMutes(
          Set(list.entries.map(\.address)), of: account.id, isCut: list.isCut)
        changed = changed || more
      }
      if failure == nil { try writer.noteBlocksRead(of: account.id, at: began) }
      if changed { try writer.post(account.name, at: now) }
      return changed
    }
    if changed { _ = try await commit { _ in } }
    return failure
  }

  private func takePeople(_ reading: RelationsReading, _ began: Timestamp) async throws {
    let (people, isCut) = try await reading.people()
    let account = reading.account
    let now = clock()
    let changed = try await ledger.write { writer in
      guard let current = try writer.reader.account(account.id), current.deletedAt == nil else {
        return false
      }
      let changed = try writer.setPeople(people, of: account)
      try writer.notePeopleRead(of: account.id, isCut: isCut, at: began)
      if changed { try writer.post(account.name, at: now) }
      return changed
    }
    if changed { _ = try await commit { _ in } }
  }

  /// Takes over which servers the home server's admin has shut out for everybody, if that is not known as of late.
  /// - Parameters:
  ///   - token: any member's: some home servers show it to their members only.
  ///   - limits: how patiently.
  func readSiteBlocks(_ token: AccessToken?, limits: ListLimits) async throws {
    let homeServer = try requireHomeServer()
    let began = clock()
    // Asked every few seconds: nobody who writes is held up while there is nothing to do.
    guard try await ledger.read({ try Self.siteBlocksAreDue($0, token, at: began) }) else { return }
    let isDue = try await ledger.write { writer in
      guard try Self.siteBlocksAreDue(writer.reader, token, at: began) else { return false }
      try writer.noteSiteBlocksAsked(at: began)
      return true
    }
    guard isDue else { return }
    let found: SiteBlocks?
    do {
      found = try await homeServer.client.siteBlocks(
        adminToken: homeServer.adminToken, token: token, homeServer.discovery(), limits: limits)
    } catch let error as HomeServerError where error.code != .cancelled {
      // Nothing is lifted, and members' own lists are read all the same.
      log.info("site blocks not read", metadata: ["code": "\(error.code)"])
      return
    }
    guard let found else { return }
    let changed = try await ledger.write { writer in
      let changed = try writer.setSiteBlocks(
        found.domains, hiddenDigests: found.hiddenDigests, hidden: found.hidden, isCut: found.isCut,
        source: found.source.rawValue, at: began)
      if changed { try writer.post(.everybody, at: began) }
      return changed
    }
    if changed { _ = try await commit { _ in } }
  }

  private static func siteBlocksAreDue(
    _ reader: LedgerReader, _ token: AccessToken?, at now: Timestamp
  ) throws -> Bool {
    let record = try reader.siteBlocksRecord()
    func isOld(_ time: Timestamp?) -> Bool { time.map { now - $0 >= siteBlocksInterval } ?? true }
    // Asked in vain without a member's token, it may still be told to a member.
    return isOld(record?.readAt) && (token != nil || isOld(record?.askedAt))
  }
}

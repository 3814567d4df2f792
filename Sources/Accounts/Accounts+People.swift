// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import Storage

extension Accounts {
  /// A page of the people whom the member follows or is followed by, from what was last read; and has the home server
  /// asked again if that was a while ago, without waiting for it.
  /// - Throws: ``AccountsError`` `noSuchAccount`.
  public func people(of id: Account.ID, query: PeopleQuery = PeopleQuery()) async throws -> PeoplePage {
    await beginRelations(of: id, unlessAskedWithin: Self.relationsFreshness)
    let (page, counts) = try await ledger.read { reader in
      _ = try requireAccount(id, reader)
      return (try reader.people(of: id, query), try reader.peopleCounts(of: id))
    }
    return PeoplePage(
      people: page.people, next: page.next, counts: counts, relations: try await relations(of: id))
  }

  /// One of the member's people, by their handle; `nil` if it is none of them.
  public func person(at address: Address, of id: Account.ID) async throws -> Person? {
    try await ledger.read { try $0.person(at: address, of: id) }
  }

  /// How far people, blocks and mutes of the member were taken over, and how old that is.
  public func relations(of id: Account.ID) async throws -> RelationsStatus {
    let isReading = await homeServer?.reads.isUnderWay(id) ?? false
    return try await ledger.read { reader in
      _ = try requireAccount(id, reader)
      let record = try reader.relationsRecord(of: id)
      return RelationsStatus(
        state: Self.state(record, isReading: isReading), peopleAsOf: record.peopleAt,
        blocksAsOf: record.blocksAt, isCut: record.isCut, keepsAccess: record.keepsAccess,
        blocked: try reader.blockCount(of: id, from: .homeServer))
    }
  }

  static func state(_ record: RelationsRecord, isReading: Bool) -> RelationsStatus.State {
    if isReading { return .reading }
    if !record.hasToken { return .needsSignIn }
    if let failure = record.failure {
      return mendedBySignIn.contains(failure) ? .needsSignIn : .failed(code: failure)
    }
    return record.peopleAt == nil ? .neverRead : .complete
  }

  /// Says whether the home server may be asked regularly for the member's people, blocks and mutes, also when no page of
  /// ours is open. Without it they are asked for at sign-in and while a page is open. What was taken over stays.
  /// - Throws: ``AccountsError`` `noSuchAccount`, `beingDeleted`.
  public func setKeepAccess(_ keep: Bool, of id: Account.ID, by author: Author) async throws {
    let now = clock()
    try await ledger.write { writer in
      let account = try requireAccount(id, writer.reader)
      guard account.deletedAt == nil else { throw AccountsError.beingDeleted }
      guard try writer.reader.relationsRecord(of: id).keepsAccess != keep else { return }
      try writer.setKeepsAccess(keep, of: id)
      try writer.record(
        AuditEntry(
          at: now, actor: author.rawValue, action: keep ? "access.kept" : "access.not-kept",
          account: account.handle.description))
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import GRDB

/// How far what the home server knows of a member's people, blocks and mutes was taken over.
public struct RelationsRecord: Sendable, Equatable {
  /// When it was last begun.
  public var askedAt: Timestamp?
  /// As of when blocks and mutes are known.
  public var blocksAt: Timestamp?
  /// As of when people are known.
  public var peopleAt: Timestamp?
  /// Why the last reading failed: the code of a `HomeServerError`.
  public var failure: String?
  /// Whether the home server has more people than were taken over.
  public var isCut: Bool
  /// Whether the member lets us ask regularly.
  public var keepsAccess: Bool
  public var hasToken: Bool
}

extension LedgerReader {
  public func relationsRecord(of account: Account.ID) throws -> RelationsRecord {
    let row = try Row.fetchOne(
      database.cachedStatement(
        sql: """
          SELECT relation_reads.*, keeps_access, EXISTS (SELECT * FROM tokens WHERE tokens.account = accounts.id) AS token
          FROM accounts LEFT JOIN relation_reads ON relation_reads.account = accounts.id WHERE accounts.id = ?
          """), arguments: [account])
    func time(_ column: String) -> Timestamp? {
      let seconds: Int64? = row?[column]
      return seconds.map(Timestamp.init(seconds:))
    }
    return RelationsRecord(
      askedAt: time("asked_at"), blocksAt: time("blocks_at"), peopleAt: time("people_at"),
      failure: row?["failure"], isCut: row?["is_cut"] ?? false, keepsAccess: row?["keeps_access"] ?? false,
      hasToken: row?["token"] ?? false)
  }

  /// Members who let us ask regularly, and about whom the home server was asked longest ago.
  public func relationsToRead(before: Timestamp, limit: Int) throws -> [Account.ID] {
    try Int64.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT accounts.id FROM accounts JOIN tokens ON tokens.account = accounts.id
            LEFT JOIN relation_reads ON relation_reads.account = accounts.id
          WHERE keeps_access AND deleted_at IS NULL AND disabled_at IS NULL AND standing = 'active'
            AND COALESCE(asked_at, 0) < ?
          ORDER BY COALESCE(asked_at, 0) LIMIT ?
          """), arguments: [before.seconds, limit])
  }

  /// As of when the blocks of the member who lets us ask regularly, and waits longest, are known; `nil` if there is none.
  public func oldestBlocks() throws -> Timestamp? {
    try Int64.fetchOne(
      database.cachedStatement(
        sql: """
          SELECT MIN(blocks_at) FROM relation_reads JOIN accounts ON accounts.id = relation_reads.account
          WHERE keeps_access AND deleted_at IS NULL
          """)
    ).map(Timestamp.init(seconds:))
  }
}

extension LedgerWriter {
  /// Notes that the home server is being asked now.
  public func noteRelationsAsked(of account: Account.ID, at now: Timestamp) throws {
    try database.cachedStatement(
      sql: """
        INSERT INTO relation_reads (account, asked_at) VALUES (?, ?)
        ON CONFLICT (account) DO UPDATE SET asked_at = excluded.asked_at
        """
    ).execute(arguments: [account, now.seconds])
  }

  /// Notes how it ended: `nil` for well.
  public func noteRelationsEnded(of account: Account.ID, failure: String?) throws {
    try database.cachedStatement(sql: "UPDATE relation_reads SET failure = ? WHERE account = ?").execute(
      arguments: [failure, account])
  }

  /// Blocks and mutes are known as of then.
  public func noteBlocksRead(of account: Account.ID, at time: Timestamp) throws {
    try database.cachedStatement(sql: "UPDATE relation_reads SET blocks_at = ? WHERE account = ?").execute(
      arguments: [time.seconds, account])
  }

  /// People are known as of then.
  public func notePeopleRead(of account: Account.ID, isCut: Bool, at time: Timestamp) throws {
    try database.cachedStatement(
      sql: "UPDATE relation_reads SET people_at = ?, is_cut = ? WHERE account = ?"
    ).execute(arguments: [time.seconds, isCut, account])
  }

  public func setKeepsAccess(_ keeps: Bool, of account: Account.ID) throws {
    try database.cachedStatement(sql: "UPDATE accounts SET keeps_access = ? WHERE id = ?").execute(
      arguments: [keeps, account])
  }
}

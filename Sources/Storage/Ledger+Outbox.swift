// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import GRDB

/// One entry of the outbox: something about the member of this name has changed, and projections must follow.
public struct OutboxEntry: Sendable, Equatable {
  /// Grows by at least one with each entry, also across deletions.
  public let sequence: Int64
  /// Random, so that an entry of another history is known for what it is.
  public let mark: String
  public let name: Name
}

/// A wish that engines wipe what they keep under a name.
public struct Purge: Sendable, Equatable {
  public let id: String
  public let name: Name
  public let account: Account.ID

  public init(id: String, name: Name, account: Account.ID) {
    self.id = id
    self.name = name
    self.account = account
  }
}

extension LedgerReader {
  /// The highest sequence that was ever given out; 0 before the first.
  public func lastSequence() throws -> Int64 {
    try Int64.fetchOne(database.cachedStatement(sql: "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'"))
      ?? 0
  }

  /// The entries after a position, in order.
  public func outbox(after sequence: Int64, limit: Int) throws -> [OutboxEntry] {
    try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT sequence, mark, name FROM outbox WHERE sequence > ? ORDER BY sequence LIMIT ?"),
      arguments: [sequence, limit]
    ).map { OutboxEntry(sequence: $0["sequence"], mark: $0["mark"], name: Name(stored: $0["name"])) }
  }

  /// The mark of an entry; `nil` if it is not there (any more), and empty for the place before the first.
  public func mark(of sequence: Int64) throws -> String? {
    guard sequence > 0 else { return "" }
    return try String.fetchOne(
      database.cachedStatement(sql: "SELECT mark FROM outbox WHERE sequence = ?"), arguments: [sequence])
  }

  /// Whom something was changed about since then.
  public func namesChanged(since: Timestamp) throws -> Set<Name> {
    Set(
      try String.fetchAll(
        database.cachedStatement(sql: "SELECT DISTINCT name FROM outbox WHERE created_at >= ?"),
        arguments: [since.seconds]
      ).map(Name.init(stored:)))
  }

  /// The lowest sequence that is still in the outbox.
  public func firstSequence() throws -> Int64? {
    try Int64.fetchOne(database.cachedStatement(sql: "SELECT MIN(sequence) FROM outbox"))
  }

  public func epoch(of projection: String) throws -> String? {
    try String.fetchOne(
      database.cachedStatement(sql: "SELECT epoch FROM projections WHERE projection = ?"),
      arguments: [projection])
  }

  public func purges() throws -> [Purge] {
    try Row.fetchAll(database.cachedStatement(sql: "SELECT * FROM purges ORDER BY id")).map {
      Purge(id: $0["id"], name: Name(stored: $0["name"]), account: $0["account"])
    }
  }
}

extension LedgerWriter {
  /// Notes, in the transaction that makes the change, that the projections must follow it.
  public func post(_ name: Name, at now: Timestamp) throws {
    try database.cachedStatement(
      sql: "INSERT INTO outbox (mark, name, created_at) VALUES (lower(hex(randomblob(8))), ?, ?)"
    ).execute(arguments: [name.text, now.seconds])
  }

  /// Forgets entries that every projection has followed and that are old.
  public func trimOutbox(upTo sequence: Int64, before: Timestamp) throws {
    try database.cachedStatement(sql: "DELETE FROM outbox WHERE sequence <= ? AND created_at < ?").execute(
      arguments: [sequence, before.seconds])
  }

  public func setEpoch(_ epoch: String, of projection: String) throws {
    try database.cachedStatement(
      sql: """
        INSERT INTO projections (projection, epoch) VALUES (?, ?)
        ON CONFLICT (projection) DO UPDATE SET epoch = excluded.epoch
        """
    ).execute(arguments: [projection, epoch])
  }

  public func addPurge(_ purge: Purge, at now: Timestamp) throws {
    try database.cachedStatement(
      sql: "INSERT INTO purges (id, name, account, created_at) VALUES (?, ?, ?, ?)"
    ).execute(arguments: [purge.id, purge.name.text, purge.account, now.seconds])
  }
}

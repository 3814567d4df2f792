// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import GRDB

/// Where the chat server's journal of changed contacts was read up to.
public struct JournalMark: Sendable, Equatable {
  public let epoch: String
  public let sequence: Int64

  public init(epoch: String, sequence: Int64) {
    self.epoch = epoch
    self.sequence = sequence
  }
}

extension LedgerReader {
  /// What may be tried now, in the order in which it was asked for: of each address only the first, since what comes
  /// later supposes that it was done. Missed calls and contacts do not wait for each other.
  public func errandsDue(at now: Timestamp, limit: Int) throws -> [Errand] {
    try Row.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT * FROM errands WHERE state = 'waiting' AND due_at <= ? AND NOT EXISTS (
            SELECT 1 FROM errands AS earlier WHERE earlier.account = errands.account
            AND earlier.address = errands.address AND earlier.state = 'waiting' AND earlier.id < errands.id
            AND (earlier.act = 'missed-call') = (errands.act = 'missed-call'))
          ORDER BY due_at, id LIMIT ?
          """), arguments: [now.seconds, limit]
    ).compactMap(Errand.init(row:))
  }

  /// What the chat server still has to be told for the member, in the order in which it was asked for.
  public func errandsWaiting(of account: Account.ID) throws -> [ContactErrand] {
    try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT * FROM errands WHERE account = ? AND state = 'waiting' ORDER BY id"),
      arguments: [account]
    ).compactMap(ContactErrand.init(row:))
  }

  public func errands(of account: Account.ID, batch: String) throws -> [ContactErrand] {
    try Row.fetchAll(
      database.cachedStatement(sql: "SELECT * FROM errands WHERE account = ? AND batch = ? ORDER BY id"),
      arguments: [account, batch]
    ).compactMap(ContactErrand.init(row:))
  }

  /// Whom the member has asked here to be a contact, as far as that is remembered.
  public func asked(by account: Account.ID) throws -> Set<Address> {
    Set(
      try String.fetchAll(
        database.cachedStatement(
          sql: "SELECT DISTINCT address FROM errands WHERE account = ? AND act = 'ask' AND state = 'done'"),
        arguments: [account]
      ).map(Address.init(stored:)))
  }

  public func errandsWaiting() throws -> Int {
    try Int.fetchOne(
      database.cachedStatement(sql: "SELECT COUNT(*) FROM errands WHERE state = 'waiting'")) ?? 0
  }

  public func linkPosition() throws -> JournalMark? {
    try Row.fetchOne(database.cachedStatement(sql: "SELECT epoch, sequence FROM link_position")).map {
      JournalMark(epoch: $0["epoch"], sequence: $0["sequence"])
    }
  }
}

extension LedgerWriter {
  public func addErrand(
    _ act: ContactAct, _ address: Address, of account: Account.ID, batch: String, at now: Timestamp
  ) throws {
    try database.cachedStatement(
      sql: """
        INSERT INTO errands (account, batch, address, act, state, tries, due_at, created_at)
        VALUES (?, ?, ?, ?, 'waiting', 0, ?, ?)
        """
    ).execute(arguments: [
      account, batch, address.description, act.rawValue, now.seconds, now.seconds,
    ])
  }

  /// Has the member told of a call that they missed. A second time changes nothing.
  public func addErrand(_ missed: MissedCall, of account: Account.ID, at now: Timestamp) throws {
    try database.cachedStatement(
      sql: """
        INSERT INTO errands (account, batch, address, act, state, tries, due_at, created_at, happened_at)
        SELECT ?1, ?2, ?3, ?4, 'waiting', 0, ?5, ?5, ?6 WHERE NOT EXISTS (
          SELECT 1 FROM errands WHERE account = ?1 AND batch = ?2 AND act = ?4)
        """
    ).execute(arguments: [
      account, missed.id.text, missed.caller.description, Errand.missedCallAct, now.seconds,
      missed.at.seconds,
    ])
  }

  /// Takes back what the member was to be told of missed calls.
  public func removeMissedCallErrands(of account: Account.ID) throws {
    try database.cachedStatement(
      sql: "DELETE FROM errands WHERE account = ? AND act = ? AND state = 'waiting'"
    ).execute(arguments: [account, Errand.missedCallAct])
  }

  /// Notes how an attempt ended. A missed call that was told, or cannot be, is forgotten at once.
  /// - Parameter dueAt: when to try again, if it waits.
  public func noteErrand(_ id: Int64, _ state: ContactErrand.State, dueAt: Timestamp) throws {
    try database.cachedStatement(
      sql: "UPDATE errands SET state = ?, tries = tries + 1, due_at = ? WHERE id = ? AND state = 'waiting'"
    ).execute(arguments: [state.rawValue, dueAt.seconds, id])
    // Who called whom is for the history to keep, or not.
    try database.cachedStatement(
      sql: "DELETE FROM errands WHERE id = ? AND act = ? AND state <> 'waiting'"
    ).execute(arguments: [id, Errand.missedCallAct])
  }

  /// Lets it wait without having tried.
  public func postponeErrand(_ id: Int64, until dueAt: Timestamp) throws {
    try database.cachedStatement(sql: "UPDATE errands SET due_at = ? WHERE id = ? AND state = 'waiting'")
      .execute(arguments: [dueAt.seconds, id])
  }

  /// Takes back what was not tried yet.
  public func removeErrand(_ id: Int64) throws {
    try database.cachedStatement(sql: "DELETE FROM errands WHERE id = ? AND state = 'waiting' AND tries = 0")
      .execute(arguments: [id])
  }

  /// Forgets what was done or has failed long ago.
  public func forgetErrands(before: Timestamp) throws {
    try database.cachedStatement(sql: "DELETE FROM errands WHERE state <> 'waiting' AND created_at < ?")
      .execute(arguments: [before.seconds])
  }

  public func setLinkPosition(_ mark: JournalMark) throws {
    try database.cachedStatement(
      sql: "INSERT OR REPLACE INTO link_position (id, epoch, sequence) VALUES (1, ?, ?)"
    ).execute(arguments: [mark.epoch, mark.sequence])
  }
}

extension ContactErrand {
  /// `nil` for what a newer version has written.
  fileprivate init?(row: Row) {
    guard let act = ContactAct(rawValue: row["act"]), let state = State(rawValue: row["state"]) else {
      return nil
    }
    self.init(
      id: row["id"], account: row["account"], batch: row["batch"], address: Address(stored: row["address"]),
      act: act, state: state, tries: row["tries"], dueAt: Timestamp(seconds: row["due_at"]),
      createdAt: Timestamp(seconds: row["created_at"]))
  }
}

extension Errand {
  /// How a notice of a missed call is written down, where others have a ``ContactAct``.
  fileprivate static let missedCallAct = "missed-call"

  /// `nil` for what a newer version has written.
  fileprivate init?(row: Row) {
    let address = Address(stored: row["address"])
    let work: Work
    if row["act"] == Self.missedCallAct {
      guard let at: Int64 = row["happened_at"] else { return nil }
      work = .missedCall(
        MissedCall(id: CallID(stored: row["batch"]), caller: address, at: Timestamp(seconds: at)))
    } else if let act = ContactAct(rawValue: row["act"]) {
      work = .contact(act, address)
    } else {
      return nil
    }
    self.init(id: row["id"], account: row["account"], work: work, tries: row["tries"])
  }
}

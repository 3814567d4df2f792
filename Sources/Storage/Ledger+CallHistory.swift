// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import GRDB

extension LedgerReader {
  /// The member's calls, the latest first.
  ///
  /// - Parameter before: only those that come after this one in that order.
  /// - Returns: `nil` if `before` is none of this member's calls.
  public func callHistory(of account: Account.ID, before: CallID?, limit: Int) throws -> [HistoryCall]? {
    // Behind everything: no call begins then.
    var (at, number) = (Int64.max, Int64.max)
    if let before {
      let row = try Row.fetchOne(
        database.cachedStatement(sql: "SELECT at, number FROM call_history WHERE account = ? AND call = ?"),
        arguments: [account, before.text])
      guard let row else { return nil }
      (at, number) = (row["at"], row["number"])
    }
    return try Row.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT call_history.*, COALESCE(accounts.display_name, '') AS display_name
          FROM call_history LEFT JOIN accounts ON accounts.id = call_history.other
          WHERE account = ? AND (at, number) < (?, ?) ORDER BY at DESC, number DESC LIMIT ?
          """), arguments: [account, at, number, limit]
    ).compactMap(HistoryCall.init(row:))
  }

  public func endedCallsMark() throws -> EndedCallsMark? {
    try Row.fetchOne(database.cachedStatement(sql: "SELECT epoch, number FROM ended_calls_position")).map {
      EndedCallsMark(epoch: $0["epoch"], number: $0["number"])
    }
  }
}

extension LedgerWriter {
  /// Writes a call into the history of one side, which keeps the newest.
  ///
  /// - Parameter other: on the other side; `nil` where the history must not depend on whether there is such an account.
  public func addToHistory(
    _ call: EndedCall, of account: Account.ID, with other: Account.ID?, _ direction: HistoryCall.Direction,
    _ outcome: CallOutcome, keeping limit: Int
  ) throws {
    let name = direction == .outgoing ? call.callee : call.caller
    try addToHistory(
      HistoryCall(
        id: call.id, other: .member(name), displayName: "", direction: direction, at: call.began,
        seconds: call.seconds, outcome: outcome), of: account, with: other, keeping: limit)
  }

  /// Writes a call into a member's history, which keeps the newest. One that stands there already stays as it is.
  ///
  /// - Parameter other: with whose account the entry goes, if with anybody's.
  public func addToHistory(
    _ call: HistoryCall, of account: Account.ID, with other: Account.ID?, keeping limit: Int
  ) throws {
    try database.cachedStatement(
      sql: """
        INSERT INTO call_history (account, call, name, other, direction, at, seconds, outcome)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, call) DO NOTHING
        """
    ).execute(arguments: [
      account, call.id.text, call.other.stored, other, call.direction.rawValue, call.at.seconds,
      call.seconds, call.outcome.rawValue,
    ])
    try database.cachedStatement(
      sql: """
        DELETE FROM call_history WHERE number IN (
          SELECT number FROM call_history WHERE account = ? ORDER BY at DESC, number DESC LIMIT -1 OFFSET ?)
        """
    ).execute(arguments: [account, limit])
  }

  /// - Returns: whether it was there.
  public func removeFromHistory(_ call: CallID, of account: Account.ID) throws -> Bool {
    try database.cachedStatement(sql: "DELETE FROM call_history WHERE account = ? AND call = ?")
      .execute(arguments: [account, call.text])
    return database.changesCount > 0
  }

  public func clearHistory(of account: Account.ID) throws {
    try database.cachedStatement(sql: "DELETE FROM call_history WHERE account = ?").execute(
      arguments: [account])
  }

  /// Takes the account out of the histories of all others.
  public func clearHistory(with other: Account.ID) throws {
    try database.cachedStatement(sql: "DELETE FROM call_history WHERE other = ?").execute(arguments: [other])
  }

  public func forgetHistory(before: Timestamp) throws {
    try database.cachedStatement(sql: "DELETE FROM call_history WHERE at < ?").execute(
      arguments: [before.seconds])
  }

  // MARK: How far the call server's file was read

  /// - Returns: `false` if the call was read before.
  public func noteRead(_ call: CallID, at now: Timestamp) throws -> Bool {
    try database.cachedStatement(
      sql: "INSERT INTO ended_calls_read (call, read_at) VALUES (?, ?) ON CONFLICT (call) DO NOTHING"
    ).execute(arguments: [call.text, now.seconds])
    return database.changesCount > 0
  }

  public func forgetRead(before: Timestamp) throws {
    try database.cachedStatement(sql: "DELETE FROM ended_calls_read WHERE read_at < ?").execute(
      arguments: [before.seconds])
  }

  public func setEndedCallsMark(_ mark: EndedCallsMark) throws {
    try database.cachedStatement(
      sql: "INSERT OR REPLACE INTO ended_calls_position (id, epoch, number) VALUES (1, ?, ?)"
    ).execute(arguments: [mark.epoch, mark.number])
  }
}

extension HistoryCall {
  /// `nil` for what a newer version has written.
  fileprivate init?(row: Row) {
    guard let direction = Direction(rawValue: row["direction"]),
      let outcome = CallOutcome(rawValue: row["outcome"])
    else { return nil }
    self.init(
      id: CallID(stored: row["call"]), other: Party(stored: row["name"]), displayName: row["display_name"],
      direction: direction, at: Timestamp(seconds: row["at"]), seconds: row["seconds"], outcome: outcome)
  }
}

extension HistoryCall.Party {
  /// A member's name, or another's whole address: no name has an `@`.
  fileprivate init(stored text: String) {
    self = text.contains("@") ? .elsewhere(Address(stored: text)) : .member(Name(stored: text))
  }

  fileprivate var stored: String {
    switch self {
    case .member(let name): name.text
    case .elsewhere(let address): address.description
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import GRDB

/// Calls that are over, in the order in which they ended.
public struct EndedCalls: Sendable, Equatable {
  public let calls: [EndedCall]
  /// How many rows were left out, since they are not what Kamailio writes.
  public let unreadable: Int
  /// Up to where this goes.
  public let mark: EndedCallsMark
  public let hasMore: Bool
}

/// How much of the file was not read yet.
public struct EndedCallsLag: Sendable, Equatable {
  public let waiting: Int
  /// When the one that waits longest ended; `nil` if none waits.
  public let oldest: Timestamp?
}

extension EngineObservations {
  /// What has come since then. A file of another epoch, or one that is shorter than what was read of it, is another file: read from
  /// its beginning.
  ///
  /// Whatever stands in the rows is judged here: a Kamailio that was broken into can write anything.
  ///
  /// - Returns: `nil` if there is nothing to read: Kamailio is older, or has not run yet.
  public func endedCalls(after mark: EndedCallsMark?, limit: Int) async throws -> EndedCalls? {
    try await read { database -> EndedCalls? in
      guard let epoch = try Self.epoch(database) else { return nil }
      let start = try Self.start(after: mark, epoch, database)
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT id, call, caller, callee, at, answered, ended, how FROM ended_calls WHERE id > ?
          ORDER BY id LIMIT ?
          """, arguments: [start, limit])
      let calls = rows.compactMap(EndedCall.init(row:))
      // The key is the row's number: it cannot be anything else.
      let last: Int64 = rows.last?["id"] ?? start
      return EndedCalls(
        calls: calls, unreadable: rows.count - calls.count, mark: EndedCallsMark(epoch: epoch, number: last),
        hasMore: rows.count == limit)
    } ?? nil
  }

  /// - Returns: `nil` where there is nothing to read.
  public func endedCallsLag(after mark: EndedCallsMark?) async throws -> EndedCallsLag? {
    try await read { database -> EndedCallsLag? in
      guard let epoch = try Self.epoch(database) else { return nil }
      let start = try Self.start(after: mark, epoch, database)
      let row = try Row.fetchOne(
        database, sql: "SELECT count(*) AS waiting, min(ended) AS oldest FROM ended_calls WHERE id > ?",
        arguments: [start])
      return EndedCallsLag(
        waiting: row?["waiting"] ?? 0,
        oldest: row.flatMap { Int64.fromDatabaseValue($0["oldest"]) }.map(Timestamp.init(seconds:)))
    } ?? nil
  }

  private static func epoch(_ database: Database) throws -> String? {
    guard try database.tableExists("ended_calls"), try database.tableExists("ended_calls_epoch") else {
      return nil
    }
    let value = try DatabaseValue.fetchOne(database, sql: "SELECT epoch FROM ended_calls_epoch")
    return value.flatMap(String.fromDatabaseValue).flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func start(after mark: EndedCallsMark?, _ epoch: String, _ database: Database) throws
    -> Int64
  {
    guard let mark, mark.epoch == epoch else { return 0 }
    let last = try Int64.fetchOne(database, sql: "SELECT max(id) FROM ended_calls")
    return mark.number <= last ?? .max ? mark.number : 0
  }
}

extension EndedCall {
  /// `nil` for what is none.
  fileprivate init?(row: Row) {
    func text(_ column: String) -> String? { String.fromDatabaseValue(row[column]) }
    func moment(_ column: String) -> Timestamp? {
      // Up to the year 3058: what is far beyond can be shown nowhere.
      Int64.fromDatabaseValue(row[column]).flatMap {
        (0..<1 << 35).contains($0) ? Timestamp(seconds: $0) : nil
      }
    }
    guard let id = text("call").flatMap({ CallID($0) }),
      let caller = text("caller").flatMap({ try? Name($0) }),
      let callee = text("callee").flatMap({ try? Name($0) }), let began = moment("at"),
      let ended = moment("ended"), ended >= began, let ending = text("how").flatMap(Ending.init(rawValue:))
    else { return nil }
    self.init(
      id: id, caller: caller, callee: callee, began: began, answered: moment("answered"), ended: ended,
      ending: ending)
  }
}

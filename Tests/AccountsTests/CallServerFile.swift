// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import GRDB

/// The file in which Kamailio tells which calls have ended, written as Kamailio writes it: its own statements make the tables.
struct CallServerFile: Sendable {
  let file: URL

  static let tables = [
    "CREATE TABLE IF NOT EXISTS ended_calls (id INTEGER PRIMARY KEY AUTOINCREMENT, call TEXT NOT NULL UNIQUE, caller TEXT NOT NULL, callee TEXT NOT NULL, at INTEGER NOT NULL, answered INTEGER, ended INTEGER NOT NULL, how TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS ended_calls_epoch (epoch TEXT NOT NULL)",
    "INSERT INTO ended_calls_epoch SELECT lower(hex(randomblob(16))) WHERE NOT EXISTS (SELECT 1 FROM ended_calls_epoch)",
  ]

  func write(_ sql: String, _ arguments: StatementArguments = []) throws {
    let queue = try DatabaseQueue(path: file.path)
    try queue.write { database in
      for table in Self.tables { try database.execute(sql: table) }
      try database.execute(sql: sql, arguments: arguments)
    }
    try queue.close()
  }

  /// A call that began at `at` and ended a minute later; one that was answered was so after ten seconds.
  func end(
    _ call: String, _ caller: String, _ callee: String, at: Timestamp, _ how: EndedCall.Ending
  ) throws {
    try write(
      "INSERT INTO ended_calls (call, caller, callee, at, answered, ended, how) VALUES (?, ?, ?, ?, ?, ?, ?)",
      [
        call, caller, callee, at.seconds, how == .answered ? at.seconds + 10 : nil, at.seconds + 60,
        how.rawValue,
      ])
  }

  func remove() throws { try FileManager.default.removeItem(at: file) }
}

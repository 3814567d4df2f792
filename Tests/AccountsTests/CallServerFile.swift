// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import GRDB
import Testing

/// The file in which Kamailio tells which calls have ended, written as Kamailio writes it: its own statements make the tables.
struct CallServerFile: Sendable {
  let file: URL

  static let tables: [String] = {
    let routes = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../share/kamailio/routes/history.cfg")
    let text = (try? String(contentsOf: routes, encoding: .utf8)) ?? ""
    return text.matches(of: #/"observations", "((CREATE|INSERT OR IGNORE INTO ended_calls_epoch)[^"]*)"/#).map
    {
      String($0.output.1)
    }
  }()

  func write(_ sql: String, _ arguments: StatementArguments = []) throws {
    #expect(Self.tables.count == 5, "the statements of history.cfg look different now")
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

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import GRDB
import GRDBSQLite
import Glibc

extension Projection {
  static func open(_ file: URL) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    configuration.label = "\(Content.name)-projection"
    configuration.journalMode = .wal
    configuration.publicStatementArguments = false
    configuration.prepareDatabase { database in
      var keep: CInt = 1
      sqlite3_file_control(database.sqliteConnection, nil, SQLITE_FCNTL_PERSIST_WAL, &keep)
    }
    // The file must never exist with a wider mode, not even for a moment; and only if it is not there: another
    // process may be making it too, and must not find its own emptied. If this fails, SQLite says why.
    let made = Glibc.open(file.path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o640)
    if made >= 0 { Glibc.close(made) }
    let queue = try DatabaseQueue(path: file.path, configuration: configuration)
    // Not in prepareDatabase: GRDB turns WAL on after that, and lowers this to NORMAL, by which a power cut could
    // undo an acknowledged revocation.
    try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    return queue
  }

  /// Makes the schema if there is none, or an older one, and writes something, so that the WAL is not empty. What an older
  /// version wrote is thrown away: the new epoch says so, and it is all made again from the ledger.
  static func settle(_ database: Database, schema: String, epoch: String) throws {
    try database.inTransaction(.immediate) {
      let isMade = try database.tableExists("position")
      if isMade, try Int.fetchOne(database, sql: "SELECT schema FROM position") ?? 0 < Content.schemaVersion {
        let tables = try String.fetchAll(
          database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for table in tables { try database.execute(sql: "DROP TABLE \(table.quotedDatabaseIdentifier)") }
      }
      if try !database.tableExists("position") {
        try database.execute(sql: schema)
        try database.execute(
          sql: "INSERT INTO position (id, schema, epoch, sequence) VALUES (1, ?, ?, 0)",
          arguments: [Content.schemaVersion, epoch])
      }
      let found = try Int.fetchOne(database, sql: "SELECT schema FROM position") ?? 0
      guard found <= Content.schemaVersion else {
        throw EngineError(
          .newerSchema, cause: "\(Content.title) was written by a newer Trunkline.",
          remedy: "Install that version again, or remove the file: it is made again from the ledger.")
      }
      try database.execute(sql: "UPDATE position SET schema = ?", arguments: [found])
      return .commit
    }
  }

  static func setModes(_ file: URL) throws {
    for suffix in ["", "-wal", "-shm"] {
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path + suffix)
    }
  }

  /// Writes the epoch beside the file, where an engine asks for it that could not tell otherwise that the file it has
  /// open is not the one in this place any more.
  static func announce(_ epoch: String, folder: URL) throws {
    guard Content.announcesEpoch else { return }
    let file = folder.appending(path: "projection.epoch")
    let new = folder.appending(path: "projection.epoch.\(getpid())")
    do {
      try Data(epoch.utf8).write(to: new)
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: new.path)
    } catch {
      throw EngineError(
        .projectionUnwritable, cause: "\(file.path) cannot be written.",
        remedy: "Check that its folder belongs to the user that Trunkline runs as.")
    }
    guard rename(new.path, file.path) == 0 else {
      throw EngineError(
        .projectionUnwritable, cause: "\(file.path) cannot be replaced.",
        remedy: "Check that its folder belongs to the user that Trunkline runs as.")
    }
  }
}

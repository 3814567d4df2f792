// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
public import Foundation
import GRDB
import GRDBSQLite

/// The database that Prosody reads: verifiers and policies, nothing else. Only the daemon's user writes it.
///
/// File modes, as they were tried: the folder is 2750 with the engine's group, files are 0640, and the WAL is never
/// empty and never removed, so that an engine which may not write can still read while nothing of ours runs.
public final class XMPPProjection: Sendable {
  public static let schemaVersion = 1
  /// How many steps of the change log are kept for an engine that was away; one that was away longer looks at
  /// everything.
  public static let logLength: Int64 = 10_000

  public let file: URL
  private let queue: DatabaseQueue

  /// Opens the projection, or makes a new, empty one.
  ///
  /// - Parameters:
  ///   - folder: owned by the daemon's user and of the engine's group; made if missing.
  ///   - schema: the text of `projection.sql`.
  ///   - epoch: of a projection that has to be made.
  /// - Throws: ``EngineError``: `projectionDamaged` if the file is there but is no projection.
  public init(folder: URL, schema: String, epoch: String) throws(EngineError) {
    file = folder.appending(path: "projection.sqlite")
    do {
      if !FileManager.default.fileExists(atPath: folder.path) {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o2750], ofItemAtPath: folder.path)
      }
      queue = try Self.open(file)
      try queue.writeWithoutTransaction { database in
        try Self.settle(database, schema: schema, epoch: epoch)
      }
      try Self.setModes(file)
    } catch {
      throw EngineError(projection: error, file: file.path)
    }
  }

  public func position() async throws(EngineError) -> ProjectionPosition {
    try await run { queue in try await queue.read(Self.position) }
  }

  /// Follows the ledger, in one transaction. Steps that the projection already has are left out, so that two
  /// processes may do the same work.
  public func apply(
    _ changes: [ProjectedChange], purges: Set<ProjectedPurge>, notices: [ProjectedNotice] = []
  ) async throws(EngineError) -> ProjectionPosition {
    try await run { queue in
      try await queue.writeWithoutTransaction { database in
        var position = ProjectionPosition(epoch: "", sequence: 0)
        try database.inTransaction(.immediate) {
          position = try Self.position(database)
          for change in changes where change.sequence > position.sequence {
            try Self.put(change.member, name: change.name, database)
            try database.execute(
              sql: "INSERT INTO changes (sequence, name) VALUES (?, ?)",
              arguments: [change.sequence, change.name.text])
          }
          if let last = changes.last, last.sequence > position.sequence {
            position = ProjectionPosition(epoch: position.epoch, sequence: last.sequence, mark: last.mark)
            try database.execute(
              sql: "UPDATE position SET sequence = ?, mark = ?", arguments: [last.sequence, last.mark])
            try database.execute(
              sql: "DELETE FROM changes WHERE sequence <= ?", arguments: [last.sequence - Self.logLength])
            try Self.put(purges, database)
            try Self.put(notices, database)
          }
          return .commit
        }
        return position
      }
    }
  }

  /// Makes the content anew, in one transaction, with a new epoch.
  ///
  /// - Parameter members: called for the next member until it gives `nil`.
  public func rebuild(
    epoch: String, sequence: Int64, mark: String = "", purges: Set<ProjectedPurge>,
    members: @Sendable @escaping () throws -> ProjectedMember?
  ) async throws(EngineError) {
    try await run { queue in
      try await queue.writeWithoutTransaction { database in
        try database.inTransaction(.immediate) {
          try database.execute(sql: "DELETE FROM members; DELETE FROM changes;")
          while let member = try members() { try Self.put(member, name: member.name, database) }
          try Self.put(purges, database)
          try database.execute(
            sql: "UPDATE position SET epoch = ?, sequence = ?, mark = ?", arguments: [epoch, sequence, mark])
          return .commit
        }
      }
    }
  }

  /// Whether SQLite finds nothing wrong with the file. Reads all of it.
  /// - Throws: ``EngineError`` if it could not be read, which says nothing of what is in it.
  public func isSound() async throws(EngineError) -> Bool {
    do {
      return try await run { queue in
        try await queue.read { try String.fetchAll($0, sql: "PRAGMA quick_check(1)") }
      } == ["ok"]
    } catch let error where error.code == .projectionDamaged {
      return false
    }
  }

  /// Whether the open file is still the one that engines find under its name: another process may have put it aside
  /// and made a new one.
  public func isInPlace() async -> Bool {
    let moved = try? await queue.read { database in
      // Closed meanwhile: no file is open at all.
      guard let connection = database.sqliteConnection else { return true }
      var moved: CInt = 1
      sqlite3_file_control(connection, nil, SQLITE_FCNTL_HAS_MOVED, &moved)
      return moved != 0
    }
    return moved == false
  }

  /// SQLite's `PRAGMA synchronous` of this connection; 2 is FULL. For the tests.
  func synchronousLevel() async throws -> Int? {
    try await queue.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
  }

  public func close() async throws(EngineError) { try await run { queue in try queue.close() } }

  /// Puts a damaged projection aside, so that a new one can be made. The new file is another one, which is how the
  /// engine notices.
  public static func putAside(folder: URL) throws(EngineError) {
    for suffix in ["", "-wal", "-shm"] {
      let file = folder.appending(path: "projection.sqlite\(suffix)")
      let aside = folder.appending(path: "damaged.sqlite\(suffix)")
      // Not there: another process was faster.
      guard rename(file.path, aside.path) == 0 || errno == ENOENT else {
        throw EngineError(
          .projectionUnwritable, cause: "The damaged database of the chat server cannot be put aside.",
          remedy: "Check that its folder belongs to the user that Trunkline runs as.")
      }
    }
  }
}

extension XMPPProjection {
  @Sendable private static func position(_ database: Database) throws -> ProjectionPosition {
    guard let row = try Row.fetchOne(database, sql: "SELECT epoch, sequence, mark FROM position") else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT)
    }
    return ProjectionPosition(epoch: row["epoch"], sequence: row["sequence"], mark: row["mark"])
  }

  private static func put(_ member: ProjectedMember?, name: Name, _ database: Database) throws {
    guard let member else {
      try database.cachedStatement(sql: "DELETE FROM members WHERE name = ?").execute(arguments: [name.text])
      return
    }
    try database.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO members
          (name, sha1_salt, sha1_iterations, sha256_salt, sha256_iterations, presence, devices)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      member.name.text, member.sha1.salt.base64EncodedString(), member.sha1.iterations,
      member.sha256.salt.base64EncodedString(), member.sha256.iterations, member.presence.rawValue,
      member.deviceLines,
    ])
  }

  private static func put(_ purges: Set<ProjectedPurge>, _ database: Database) throws {
    try database.execute(sql: "DELETE FROM purges")
    for purge in purges {
      try database.execute(
        sql: "INSERT INTO purges (id, name) VALUES (?, ?)", arguments: [purge.id, purge.name.text])
    }
  }

  private static func put(_ notices: [ProjectedNotice], _ database: Database) throws {
    for notice in notices {
      try database.execute(
        sql: "INSERT OR IGNORE INTO notices (id, name, body) VALUES (?, ?, ?)",
        arguments: [notice.id, notice.name.text, notice.body])
    }
    // Old ones were told long ago, or never will be.
    try database.execute(sql: "DELETE FROM notices WHERE id <= (SELECT MAX(id) FROM notices) - 1000")
  }

  private func run<Value>(_ body: (DatabaseQueue) async throws -> Value) async throws(EngineError) -> Value {
    do {
      return try await body(queue)
    } catch {
      throw EngineError(projection: error, file: file.path)
    }
  }
}

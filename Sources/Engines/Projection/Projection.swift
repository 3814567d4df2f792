// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
public import Foundation
import GRDB
import GRDBSQLite

/// What one engine's projection holds, and in which tables.
///
/// An engine reads a small database that is shaped for it: verifiers of its service and what its policy checks need.
/// All projections have position and change log in common, and are written in the same way by ``Projection``.
public protocol ProjectionContent: Sendable {
  /// What stands there of one member.
  associatedtype Member: ProjectedRow
  /// What stands there beside members.
  associatedtype Asides: Sendable

  /// In the ledger's list of projections, and in the log.
  static var name: String { get }
  /// At the beginning of a sentence: "The chat server's database".
  static var title: String { get }
  static var schemaVersion: Int { get }
  /// Whether the epoch shall stand in a file beside the database too.
  static var announcesEpoch: Bool { get }

  /// Makes the tables say what is true of this name; `nil`: nobody may be there.
  static func put(_ member: Member?, name: Name, _ writer: ProjectionWriter) throws
  static func put(_ asides: Asides, _ writer: ProjectionWriter) throws
  /// Removes all members.
  static func clear(_ writer: ProjectionWriter) throws
}

/// Something that stands in a projection under a member's name.
public protocol ProjectedRow: Sendable {
  var name: Name { get }
}

/// Changes of a projection, within one transaction.
public struct ProjectionWriter {
  let database: Database
}

/// The database that an engine reads. Only the daemon's user writes it.
///
/// File modes, as they were tried: the folder is 2750 with the engine's group, files are 0640, and the WAL is never
/// empty and never removed, so that an engine which may not write can still read while nothing of ours runs.
public final class Projection<Content: ProjectionContent>: Sendable {
  /// How many steps of the change log are kept for an engine that was away; one that was away longer looks at
  /// everything.
  public static var logLength: Int64 { 10_000 }

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
      try Self.announce(try queue.read(Self.position).epoch, folder: folder)
    } catch {
      throw EngineError(projection: error, title: Content.title, file: file.path)
    }
  }

  public func position() async throws(EngineError) -> ProjectionPosition {
    try await run { queue in try await queue.read(Self.position) }
  }

  /// Where it is; `nil` if the open file is not the one any more that engines find under its name: another process may
  /// have put it aside and made a new one.
  public func positionInPlace() async throws(EngineError) -> ProjectionPosition? {
    try await run { queue in
      try await queue.read { database in Self.isInPlace(database) ? try Self.position(database) : nil }
    }
  }

  /// Follows the ledger, in one transaction. Steps that the projection already has are left out, so that two
  /// processes may do the same work.
  ///
  /// - Parameter expected: where the projection must be; nothing is done if it is elsewhere.
  /// - Returns: as ``positionInPlace()``, when it is durable; `nil` also if it was not where it must be.
  public func apply(
    _ changes: [ProjectedChange<Content.Member>], asides: Content.Asides,
    after expected: ProjectionPosition? = nil
  ) async throws(EngineError) -> ProjectionPosition? {
    try await run { queue in
      try await queue.writeWithoutTransaction { database in
        var position = ProjectionPosition(epoch: "", sequence: 0)
        var isWhereItMustBe = true
        try database.inTransaction(.immediate) {
          position = try Self.position(database)
          if let expected, position != expected {
            isWhereItMustBe = false
            return .rollback
          }
          let writer = ProjectionWriter(database: database)
          for change in changes where change.sequence > position.sequence {
            try Content.put(change.member, name: change.name, writer)
            try database.cachedStatement(sql: "INSERT INTO changes (sequence, name) VALUES (?, ?)").execute(
              arguments: [change.sequence, change.name.text])
          }
          if let last = changes.last, last.sequence > position.sequence {
            position = ProjectionPosition(epoch: position.epoch, sequence: last.sequence, mark: last.mark)
            try database.cachedStatement(sql: "UPDATE position SET sequence = ?, mark = ?").execute(
              arguments: [last.sequence, last.mark])
            try database.cachedStatement(sql: "DELETE FROM changes WHERE sequence <= ?").execute(arguments: [
              last.sequence - Self.logLength
            ])
            try Content.put(asides, writer)
          }
          return .commit
        }
        return isWhereItMustBe && Self.isInPlace(database) ? position : nil
      }
    }
  }

  /// Makes the content anew, in one transaction, with a new epoch.
  ///
  /// - Parameter members: called for the next member until it gives `nil`.
  public func rebuild(
    epoch: String, sequence: Int64, mark: String = "", asides: Content.Asides,
    members: @Sendable @escaping () throws -> Content.Member?
  ) async throws(EngineError) {
    try await run { queue in
      try await queue.writeWithoutTransaction { database in
        try database.inTransaction(.immediate) {
          let writer = ProjectionWriter(database: database)
          try Content.clear(writer)
          try database.cachedStatement(sql: "DELETE FROM changes").execute()
          while let member = try members() { try Content.put(member, name: member.name, writer) }
          try Content.put(asides, writer)
          try database.cachedStatement(sql: "UPDATE position SET epoch = ?, sequence = ?, mark = ?").execute(
            arguments: [epoch, sequence, mark])
          return .commit
        }
      }
    }
    do {
      try Self.announce(epoch, folder: file.deletingLastPathComponent())
    } catch {
      throw EngineError(projection: error, title: Content.title, file: file.path)
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

  /// Whether the open file is still the one that engines find under its name.
  public func isInPlace() async -> Bool {
    (try? await queue.read(Self.isInPlace)) ?? false
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
          .projectionUnwritable, cause: "\(Content.title) is damaged and cannot be put aside.",
          remedy: "Check that its folder belongs to the user that Trunkline runs as.")
      }
    }
  }
}

extension Projection {
  @Sendable static func position(_ database: Database) throws -> ProjectionPosition {
    guard
      let row = try Row.fetchOne(database.cachedStatement(sql: "SELECT epoch, sequence, mark FROM position"))
    else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT)
    }
    return ProjectionPosition(epoch: row["epoch"], sequence: row["sequence"], mark: row["mark"])
  }

  @Sendable private static func isInPlace(_ database: Database) -> Bool {
    // Closed meanwhile: no file is open at all.
    guard let connection = database.sqliteConnection else { return false }
    var moved: CInt = 1
    sqlite3_file_control(connection, nil, SQLITE_FCNTL_HAS_MOVED, &moved)
    return moved == 0
  }

  private func run<Value>(_ body: (DatabaseQueue) async throws -> Value) async throws(EngineError) -> Value {
    do {
      return try await body(queue)
    } catch {
      throw EngineError(projection: error, title: Content.title, file: file.path)
    }
  }
}

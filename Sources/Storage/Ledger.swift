// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
public import Foundation
import GRDB
import Glibc

/// The daemon's own database: accounts, names, devices, verifiers, sign-ins, tokens, blocks, the outbox and the
/// audit trail. No engine reads it.
///
/// SQLite in WAL mode with `synchronous=FULL`: what a transaction has committed survives a power cut. Several
/// processes of the same user (the daemon and the command line) may have it open.
public struct Ledger: Sendable {
  let pool: DatabasePool

  /// Opens the ledger, makes it if there is none, and brings it up to date.
  ///
  /// - Parameter folder: where `ledger.sqlite` lives; made with mode 0700 if missing.
  /// - Throws: ``StorageError``.
  public init(folder: URL) throws {
    let file = folder.appending(path: "ledger.sqlite")
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw StorageError(
        .unwritable, cause: "The folder \(folder.path) cannot be made.",
        remedy: "Make it, owned by the user that Trunkline runs as, or name another one at “state”.")
    }
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    configuration.label = "ledger"
    // A statement's arguments hold verifiers: errors must not print them.
    configuration.publicStatementArguments = false
    do {
      pool = try Self.alone(in: folder) { try Self.open(file, configuration) }
    } catch let error as StorageError {
      throw error
    } catch {
      throw StorageError(describing: error, file: file.path)
    }
  }

  private static func open(_ file: URL, _ configuration: Configuration) throws -> DatabasePool {
    // Made before SQLite opens it: its log files take over the mode, and must never have a wider one. Only if it is not
    // there: it must not be emptied. If this fails, SQLite says why.
    let made = Glibc.open(file.path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    if made >= 0 { Glibc.close(made) }
    let pool = try DatabasePool(path: file.path, configuration: configuration)
    // GRDB sets NORMAL for WAL when it opens the file, which may lose the last commits when the power fails: an
    // acknowledged revocation must not come undone.
    try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    try pool.read { database in
      guard try !migrator.hasBeenSuperseded(database) else {
        throw StorageError(
          .newerSchema, cause: "The ledger was written by a newer Trunkline.",
          remedy: "Install that version again, or restore the backup that was made before the upgrade.")
      }
    }
    try migrator.migrate(pool)
    return pool
  }

  public func read<Value: Sendable>(
    _ body: @Sendable @escaping (LedgerReader) throws -> Value
  ) async throws -> Value {
    do {
      return try await pool.read { try body(LedgerReader(database: $0)) }
    } catch let error as DatabaseError {
      throw StorageError(describing: error, file: pool.path)
    }
  }

  /// As ``read(_:)``, on the caller's thread: for code that SQLite calls back.
  public func readNow<Value>(_ body: (LedgerReader) throws -> Value) throws -> Value {
    do {
      return try pool.read { try body(LedgerReader(database: $0)) }
    } catch let error as DatabaseError {
      throw StorageError(describing: error, file: pool.path)
    }
  }

  /// One transaction: all of it is durable when this returns, or nothing of it has happened.
  public func write<Value: Sendable>(
    _ body: @Sendable @escaping (LedgerWriter) throws -> Value
  ) async throws -> Value {
    do {
      return try await pool.write { try body(LedgerWriter(database: $0)) }
    } catch let error as DatabaseError {
      throw StorageError(describing: error, file: pool.path)
    }
  }

  public func close() throws { try pool.close() }
}

/// Questions to the ledger, within one snapshot.
public struct LedgerReader {
  let database: Database
}

/// Changes of the ledger, within one transaction.
public struct LedgerWriter {
  let database: Database

  public var reader: LedgerReader { LedgerReader(database: database) }
}

extension StorageError {
  init(describing error: any Error, file: String) {
    guard let error = error as? DatabaseError else {
      self.init(
        .unwritable, cause: "The ledger \(file) cannot be opened.",
        remedy: "Check that its folder belongs to the user that Trunkline runs as.")
      return
    }
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(
        .busy, cause: "Another process has held the ledger \(file) for more than five seconds.",
        remedy: "Try again; if it stays so, look for a trunkline command that hangs.")
    case .SQLITE_FULL:
      self.init(.full, cause: "The disk that holds \(file) is full.", remedy: "Free some room and try again.")
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      self.init(
        .damaged, cause: "The ledger \(file) is damaged or is not a ledger.",
        remedy: "Stop Trunkline, keep the file aside and restore the last backup.")
    default:
      self.init(
        .unwritable, cause: "The ledger \(file) cannot be read or written (\(error.extendedResultCode)).",
        remedy: "Check that the file and its folder belong to the user that Trunkline runs as.")
    }
  }
}

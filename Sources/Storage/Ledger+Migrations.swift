// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import GRDB
import Glibc

extension Ledger {
  /// The ledger's schema, step by step. GRDB runs each step in a transaction of its own together with the note
  /// that it ran: a crash leaves the step done or not begun.
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.execute(sql: schema1)
    }
    migrator.registerMigration("2") { database in
      try database.execute(sql: schema2)
    }
    registerTokenReturns(in: &migrator)
    registerContacts(in: &migrator)
    registerPeople(in: &migrator)
    registerFindings(in: &migrator)
    registerWebSessions(in: &migrator)
    registerCallHistory(in: &migrator)
    return migrator
  }

  /// While the body runs, no other process is in such a body: databases are made and brought up to date by one process
  /// at a time. SQLite cannot promise that: it turns to WAL without waiting for others, and GRDB looks which steps of the
  /// schema are missing before it locks anything.
  ///
  /// Holds the ledger's folder (flock(2)); the kernel lets go of it when the process ends, however that comes.
  static func alone<Value>(in folder: URL, _ body: () throws -> Value) throws -> Value {
    let descriptor = Glibc.open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { if descriptor >= 0 { Glibc.close(descriptor) } }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        throw StorageError(
          .unwritable, cause: "The folder \(folder.path) cannot be locked.",
          remedy: "Keep the ledger on a disk of this machine, in a folder of the user that Trunkline runs as."
        )
      }
    }
    return try body()
  }

  /// Runs the body, which opens another database of ours, while no other process is doing such a thing.
  public func alone<Value>(_ body: () throws -> Value) throws -> Value {
    try Self.alone(in: URL(filePath: pool.path).deletingLastPathComponent(), body)
  }

  private static let schema1 = """
    CREATE TABLE accounts (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      home_server TEXT NOT NULL,
      home_id TEXT NOT NULL,
      name TEXT NOT NULL,
      display_name TEXT NOT NULL,
      standing TEXT NOT NULL,
      standing_checked_at INTEGER NOT NULL,
      standing_asked_at INTEGER NOT NULL DEFAULT 0,
      disabled_at INTEGER,
      services TEXT NOT NULL,
      presence TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      deleted_at INTEGER,
      UNIQUE (home_server, home_id)
    ) STRICT;
    CREATE INDEX accounts_by_question ON accounts (standing_asked_at) WHERE deleted_at IS NULL;
    CREATE INDEX accounts_by_name ON accounts (name);

    -- Which account a name belongs to, for good: freed only when the engines have wiped what they kept of it.
    CREATE TABLE names (
      name TEXT PRIMARY KEY,
      home_server TEXT NOT NULL,
      home_id TEXT NOT NULL,
      since INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE scram_parameters (
      account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
      hash TEXT NOT NULL,
      salt BLOB NOT NULL,
      iterations INTEGER NOT NULL,
      PRIMARY KEY (account, hash)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE devices (
      id TEXT PRIMARY KEY,
      account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      app TEXT NOT NULL,
      services TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER,
      revoked_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX devices_by_account ON devices (account, created_at);

    CREATE TABLE scram_verifiers (
      device TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
      hash TEXT NOT NULL,
      stored_key BLOB NOT NULL,
      server_key BLOB NOT NULL,
      PRIMARY KEY (device, hash)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE blocks (
      account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
      kind TEXT NOT NULL CHECK (kind IN ('address', 'domain')),
      target TEXT NOT NULL,
      origin TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      PRIMARY KEY (account, kind, target, origin)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE sign_in_attempts (
      state BLOB PRIMARY KEY,
      browser BLOB NOT NULL,
      sealed BLOB NOT NULL,
      expected_account INTEGER,
      return_to TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE sign_ins (
      fingerprint BLOB PRIMARY KEY,
      account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
      created_at INTEGER NOT NULL,
      seen_at INTEGER NOT NULL,
      proved_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      browser TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sign_ins_by_account ON sign_ins (account);

    -- Values of the home server that must be read again, encrypted: our registration, members' tokens.
    CREATE TABLE registrations (
      home_server TEXT NOT NULL,
      redirect_uri TEXT NOT NULL,
      sealed BLOB NOT NULL,
      created_at INTEGER NOT NULL,
      PRIMARY KEY (home_server, redirect_uri)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE tokens (
      account INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
      sealed BLOB NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;

    -- The mark is random: after a restore, equal sequences do not mean equal histories.
    CREATE TABLE outbox (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      mark TEXT NOT NULL,
      name TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;

    -- What we know of each projection: a projection that claims anything else was restored or is not ours.
    CREATE TABLE projections (
      projection TEXT PRIMARY KEY,
      epoch TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE purges (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE notices (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
      kind TEXT NOT NULL,
      device TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
      device_name TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX notices_by_account ON notices (account, id);

    CREATE TABLE audit (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      actor TEXT NOT NULL,
      action TEXT NOT NULL,
      account TEXT NOT NULL,
      device TEXT,
      detail TEXT NOT NULL
    ) STRICT;
    """
}

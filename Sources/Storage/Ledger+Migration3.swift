// SPDX-License-Identifier: AGPL-3.0-or-later

import GRDB

extension Ledger {
  /// Tokens that are out of use are revoked at the home server, and not only forgotten.
  static func registerTokenReturns(in migrator: inout DatabaseMigrator) {
    migrator.registerMigration("3") { database in
      try database.execute(
        sql: """
          -- Tells whether a token that is to be revoked has come into use again; unknown for those stored before.
          ALTER TABLE tokens ADD COLUMN fingerprint BLOB;
          CREATE INDEX tokens_by_fingerprint ON tokens (fingerprint);

          -- Hangs on no account: it outlives the one that it was for.
          CREATE TABLE token_returns (
            fingerprint BLOB PRIMARY KEY,
            account TEXT,
            sealed BLOB NOT NULL,
            since INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            due_at INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE INDEX token_returns_by_time ON token_returns (due_at);
          """)
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import GRDB

extension Ledger {
  /// Browsers that have passwords for a short while, and the tickets by which the home server's own page lets them in.
  static func registerWebSessions(in migrator: inout DatabaseMigrator) {
    migrator.registerMigration("7") { database in
      try database.execute(
        sql: """
          -- Whether the browser was let in by a ticket and not by a sign-in at the home server.
          ALTER TABLE sign_ins ADD COLUMN by_ticket INTEGER NOT NULL DEFAULT 0;

          CREATE TABLE tickets (
            fingerprint BLOB PRIMARY KEY,
            account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            expires_at INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE INDEX tickets_by_time ON tickets (expires_at);

          -- A device that is a browser's, one for each sign-in. It must end before that does: hence no cascade.
          CREATE TABLE web_sessions (
            sign_in BLOB PRIMARY KEY REFERENCES sign_ins (fingerprint),
            account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            device TEXT NOT NULL UNIQUE REFERENCES devices (id) ON DELETE CASCADE,
            used_at INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE INDEX web_sessions_by_account ON web_sessions (account, used_at);
          """)
    }
  }
}

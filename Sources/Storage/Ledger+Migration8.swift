// SPDX-License-Identifier: AGPL-3.0-or-later

import GRDB

extension Ledger {
  /// Who called whom, as far as members have it in their history, and how far the call server's file was read.
  static func registerCallHistory(in migrator: inout DatabaseMigrator) {
    migrator.registerMigration("8") { database in
      try database.execute(
        sql: """
          -- One row for each side. “other” is the account on the other side, with which the row goes; NULL where nobody answered
          -- the member's call: then the row must not depend on whether there is anybody of that name.
          CREATE TABLE call_history (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            call TEXT NOT NULL,
            name TEXT NOT NULL,
            other INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
            direction TEXT NOT NULL,
            at INTEGER NOT NULL,
            seconds INTEGER,
            outcome TEXT NOT NULL,
            UNIQUE (account, call)
          ) STRICT;
          CREATE INDEX call_history_by_time ON call_history (account, at, number);
          CREATE INDEX call_history_by_other ON call_history (other) WHERE other IS NOT NULL;
          CREATE INDEX call_history_by_age ON call_history (at);

          -- Which calls were read, so that none counts twice, whatever becomes of the file and of the history.
          CREATE TABLE ended_calls_read (
            call TEXT PRIMARY KEY,
            read_at INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE INDEX ended_calls_read_by_time ON ended_calls_read (read_at);

          CREATE TABLE ended_calls_position (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            epoch TEXT NOT NULL,
            number INTEGER NOT NULL
          ) STRICT;

          -- When it happened what the errand tells of; the call itself stands in “batch”.
          ALTER TABLE errands ADD COLUMN happened_at INTEGER;
          """)
    }
  }
}

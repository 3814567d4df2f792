// SPDX-License-Identifier: AGPL-3.0-or-later

import GRDB

extension Ledger {
  /// What was heard from other domains. It says nothing about who wanted to know.
  static func registerFindings(in migrator: inout DatabaseMigrator) {
    migrator.registerMigration("6") { database in
      try database.execute(
        sql: """
          -- What DNS says of chat at a domain; the answer is NULL if there never was one.
          CREATE TABLE domain_findings (
            domain TEXT PRIMARY KEY,
            answer TEXT,
            answered_at INTEGER,
            failures INTEGER NOT NULL,
            ask_again_at INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE INDEX domain_findings_by_time ON domain_findings (ask_again_at);

          -- What a handle's own server states about it: lines of service and address; '' if it states none.
          CREATE TABLE address_findings (
            address TEXT PRIMARY KEY,
            answer TEXT,
            answered_at INTEGER,
            failures INTEGER NOT NULL,
            ask_again_at INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE INDEX address_findings_by_time ON address_findings (ask_again_at);
          """)
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import GRDB

extension Ledger {
  /// What is taken over from the home server: people, mutes, servers that its admin has shut out.
  static func registerPeople(in migrator: inout DatabaseMigrator) {
    migrator.registerMigration("5") { database in
      try database.execute(
        sql: """
          -- Whether the member lets us ask the home server regularly, and not only while a page is open.
          ALTER TABLE accounts ADD COLUMN keeps_access INTEGER NOT NULL DEFAULT 0;

          CREATE TABLE people (
            account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            home_id TEXT NOT NULL,
            -- 0: each follows the other; 1: the member follows them; 2: they follow the member.
            rank INTEGER NOT NULL CHECK (rank IN (0, 1, 2)),
            sort_key TEXT NOT NULL,
            address TEXT NOT NULL,
            display_name TEXT NOT NULL,
            -- Name and address, folded.
            search TEXT NOT NULL,
            url TEXT,
            is_bot INTEGER NOT NULL,
            -- Addresses in their profile: lines of service and address.
            stated TEXT NOT NULL,
            PRIMARY KEY (account, home_id)
          ) STRICT, WITHOUT ROWID;
          -- With what is searched, so that a search reads this alone until it has found a page.
          CREATE INDEX people_in_order ON people (account, rank, sort_key, home_id, search);
          CREATE INDEX people_by_address ON people (address, account);

          -- Muted with notifications.
          CREATE TABLE mutes (
            account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            address TEXT NOT NULL,
            PRIMARY KEY (account, address)
          ) STRICT, WITHOUT ROWID;

          -- When the home server was asked about a member, and as of when each set here is known.
          CREATE TABLE relation_reads (
            account INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
            asked_at INTEGER NOT NULL,
            blocks_at INTEGER,
            people_at INTEGER,
            failure TEXT,
            is_cut INTEGER NOT NULL DEFAULT 0
          ) STRICT;
          CREATE INDEX relation_reads_by_time ON relation_reads (asked_at);

          -- Servers that the home server's admin has shut out for everybody.
          CREATE TABLE site_blocks (
            domain TEXT PRIMARY KEY,
            includes_subdomains INTEGER NOT NULL,
            created_at INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE site_block_reads (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            asked_at INTEGER NOT NULL,
            read_at INTEGER,
            source TEXT,
            hidden INTEGER NOT NULL DEFAULT 0
          ) STRICT;

          -- Registrations that another one has replaced: tokens that were made for them are given back by them.
          CREATE TABLE former_registrations (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            home_server TEXT NOT NULL,
            redirect_uri TEXT NOT NULL,
            sealed BLOB NOT NULL,
            created_at INTEGER NOT NULL
          ) STRICT;
          """)
    }
  }
}

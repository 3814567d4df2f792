// SPDX-License-Identifier: AGPL-3.0-or-later

import GRDB

extension Ledger {
  /// Contacts, who may reach a member, and who was chosen to see them.
  static func registerContacts(in migrator: inout DatabaseMigrator) {
    migrator.registerMigration("4") { database in
      try database.execute(
        sql: """
          ALTER TABLE accounts ADD COLUMN chat_reach TEXT NOT NULL DEFAULT 'followed';
          ALTER TABLE accounts ADD COLUMN call_reach TEXT NOT NULL DEFAULT 'followed';
          -- When the member was last told that messages wait.
          ALTER TABLE accounts ADD COLUMN requests_told_at INTEGER NOT NULL DEFAULT 0;

          -- A copy of the chat server's roster, made at contact_books.read_at.
          CREATE TABLE contacts (
            account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            address TEXT NOT NULL,
            name TEXT NOT NULL,
            subscription TEXT NOT NULL,
            is_asked INTEGER NOT NULL,
            PRIMARY KEY (account, address)
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE contact_questions (
            account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            address TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (account, address)
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE contact_books (
            account INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
            read_at INTEGER NOT NULL
          ) STRICT;

          -- Contacts who may see when the member is online, under the presence policy that asks for a choice.
          CREATE TABLE chosen (
            account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            address TEXT NOT NULL,
            PRIMARY KEY (account, address)
          ) STRICT, WITHOUT ROWID;

          -- What the chat server has to be told.
          CREATE TABLE errands (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            batch TEXT NOT NULL,
            address TEXT NOT NULL,
            act TEXT NOT NULL,
            state TEXT NOT NULL,
            tries INTEGER NOT NULL,
            due_at INTEGER NOT NULL,
            created_at INTEGER NOT NULL
          ) STRICT;
          CREATE INDEX errands_due ON errands (due_at, id) WHERE state = 'waiting';
          CREATE INDEX errands_by_address ON errands (account, address, id) WHERE state = 'waiting';
          CREATE INDEX errands_by_account ON errands (account, id);

          -- How far the chat server's journal was followed.
          CREATE TABLE link_position (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            epoch TEXT NOT NULL,
            sequence INTEGER NOT NULL
          ) STRICT;
          """)
    }
  }
}

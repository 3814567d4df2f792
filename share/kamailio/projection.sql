-- SPDX-License-Identifier: AGPL-3.0-or-later
-- The SIP projection: what Kamailio needs to judge a login and a call, and nothing else. The daemon writes it, Kamailio reads it.

CREATE TABLE position (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  schema INTEGER NOT NULL,           -- 2; a reader refuses a number that it does not know
  epoch TEXT NOT NULL,               -- new after every rebuild or restore: check everything again
  sequence INTEGER NOT NULL,         -- how far the ledger's work has been applied
  mark TEXT NOT NULL DEFAULT ''      -- of that step in the ledger; for the daemon alone
);

CREATE TABLE credentials (           -- one for each live device and algorithm; who may not use calls has none
  name TEXT NOT NULL,                -- localpart, case-folded
  algorithm TEXT NOT NULL,           -- 'MD5' | 'SHA-256'
  device TEXT NOT NULL,
  ha1 TEXT NOT NULL,                 -- H(name:domain:password), lower-case hexadecimal: as good as the password here
  expires INTEGER NOT NULL,          -- whole seconds since 1970; 0 = never
  PRIMARY KEY (name, algorithm, device)
) WITHOUT ROWID;

CREATE TABLE members (               -- whoever has calls on, with a device or without; who is not here is called by nobody
  name TEXT PRIMARY KEY,
  reach TEXT NOT NULL                -- who may call: 'everyone' | 'followed' (contacts, and whom the member follows) | 'contacts'
) WITHOUT ROWID;

CREATE TABLE relations (             -- what a member's decisions say of another member
  name TEXT NOT NULL,                -- whose decisions
  peer TEXT NOT NULL,                -- of whom: a localpart too
  flags TEXT NOT NULL,               -- letters in alphabetical order: b blocked, f followed, k contact, m muted
  PRIMARY KEY (name, peer)
) WITHOUT ROWID;

CREATE TABLE changes (               -- the change log, trimmed from below; who finds a gap checks everything
  sequence INTEGER PRIMARY KEY,
  name TEXT NOT NULL                 -- '*': what holds for all has changed
);

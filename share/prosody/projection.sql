-- SPDX-License-Identifier: AGPL-3.0-or-later
-- The XMPP projection: what Prosody needs to judge a login and who may reach whom, and nothing else. The daemon writes it, Prosody reads it.

CREATE TABLE position (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  schema INTEGER NOT NULL,           -- 2; a reader refuses a number that it does not know
  epoch TEXT NOT NULL,               -- new after every rebuild or restore: check everything again
  sequence INTEGER NOT NULL,         -- how far the ledger's work has been applied
  mark TEXT NOT NULL DEFAULT ''      -- of that step in the ledger; for the daemon alone
);

CREATE TABLE members (
  name TEXT PRIMARY KEY,             -- localpart, case-folded
  sha1_salt TEXT NOT NULL,           -- base64; one salt for all devices of the member
  sha1_iterations INTEGER NOT NULL,
  sha256_salt TEXT NOT NULL,
  sha256_iterations INTEGER NOT NULL,
  presence TEXT NOT NULL,            -- 'nobody' | 'chosen' | 'contacts'
  reach TEXT NOT NULL,               -- who may start a chat: 'everyone' | 'followed' | 'contacts'
  devices TEXT NOT NULL              -- a line for each live device, ended by LF:
) WITHOUT ROWID;                     -- id SP expires SP sha1-stored SP sha1-server SP sha256-stored SP sha256-server

CREATE TABLE relations (             -- what a member's decisions say of one address, or of a whole server
  name TEXT NOT NULL,                -- the member; '*' for what the home server's admin has decided for all
  peer TEXT NOT NULL,                -- 'bob@example.org', '@example.org' (that domain only), '@.example.org' (that domain and all below)
  flags TEXT NOT NULL,               -- letters in alphabetical order: b blocked, c chosen to see presence, f followed by the member, m muted
  PRIMARY KEY (name, peer)
) WITHOUT ROWID;

CREATE TABLE changes (               -- the change log, trimmed from below; who finds a gap checks everything
  sequence INTEGER PRIMARY KEY,
  name TEXT NOT NULL                 -- '*': what holds for all has changed
);

CREATE TABLE purges (                -- names whose data the engine must wipe before they may be used again
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL
);
CREATE INDEX purges_by_name ON purges (name);

CREATE TABLE notices (               -- what the server tells a member once, as a message from the domain
  id INTEGER PRIMARY KEY,            -- grows
  name TEXT NOT NULL,
  body TEXT NOT NULL
);

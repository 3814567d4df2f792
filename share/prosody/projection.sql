-- SPDX-License-Identifier: AGPL-3.0-or-later
-- The XMPP projection: what Prosody needs to judge a login, and nothing else. The daemon writes it, Prosody reads it.

CREATE TABLE position (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  schema INTEGER NOT NULL,           -- 1; a reader refuses a number that it does not know
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
  devices TEXT NOT NULL              -- a line for each live device, ended by LF:
) WITHOUT ROWID;                     -- id SP expires SP sha1-stored SP sha1-server SP sha256-stored SP sha256-server

CREATE TABLE changes (               -- the change log, trimmed from below; who finds a gap checks everything
  sequence INTEGER PRIMARY KEY,
  name TEXT NOT NULL
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

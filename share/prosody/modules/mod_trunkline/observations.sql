-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What Prosody has to tell: its own file, which the daemon reads and never writes.

CREATE TABLE IF NOT EXISTS seen (
  device TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  connected_at INTEGER NOT NULL,     -- seconds since 1970: the last sign-in
  address TEXT NOT NULL,             -- where from
  app TEXT NOT NULL,                 -- what the app calls itself; may be empty; never to be trusted
  online INTEGER NOT NULL            -- connected streams at the last write
);

CREATE TABLE IF NOT EXISTS purged (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS told (      -- one row: the highest notice that was sent
  id INTEGER PRIMARY KEY
);

CREATE TABLE IF NOT EXISTS journal (   -- one row: a random word that names this file's count of changes
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS touched (   -- whose contacts, blocks or requests changed, and as the how manieth
  name TEXT PRIMARY KEY,
  sequence INTEGER NOT NULL
);

// SPDX-License-Identifier: AGPL-3.0-or-later

extension Ledger {
  /// Calls: a device has an app for each service, and verifiers for digest.
  static let schema2 = """
    -- One password: of one device, for one service, in one app.
    CREATE TABLE credentials (
      device TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
      service TEXT NOT NULL,
      app TEXT NOT NULL,
      PRIMARY KEY (device, service)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO credentials (device, service, app) SELECT id, 'xmpp', app FROM devices;
    ALTER TABLE devices DROP COLUMN app;
    ALTER TABLE devices DROP COLUMN services;

    CREATE TABLE digest_verifiers (
      device TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
      algorithm TEXT NOT NULL,
      sealed BLOB NOT NULL,
      PRIMARY KEY (device, algorithm)
    ) STRICT, WITHOUT ROWID;

    -- Devices that were revoked a short while ago; they outlive their account here.
    CREATE TABLE ended_devices (
      device TEXT PRIMARY KEY,
      ended_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE provisionings (
      fingerprint BLOB PRIMARY KEY,
      device TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
      sealed BLOB NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX provisionings_by_device ON provisionings (device);
    """
}

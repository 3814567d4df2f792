// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import GRDB

extension LedgerReader {
  public func device(_ id: Device.ID) throws -> Device? {
    try Row.fetchOne(
      database.cachedStatement(sql: "\(Device.selection) WHERE devices.id = ?"), arguments: [id.text]
    )
    .map(Device.init(row:))
  }

  /// The devices that were not revoked, oldest first; expired ones too.
  public func devices(of account: Account.ID) throws -> [Device] {
    try Row.fetchAll(
      database.cachedStatement(
        sql: """
          \(Device.selection) WHERE devices.account = ? AND devices.revoked_at IS NULL
          ORDER BY devices.created_at, devices.id
          """), arguments: [account]
    ).map(Device.init(row:))
  }

  /// The devices that were revoked since then, also those of accounts that are gone.
  public func devicesEnded(since: Timestamp) throws -> Set<Device.ID> {
    let found = try String.fetchAll(
      database.cachedStatement(sql: "SELECT device FROM ended_devices WHERE ended_at >= ?"),
      arguments: [since.seconds])
    return Set(found.map(Device.ID.init(stored:)))
  }
}

extension LedgerWriter {
  /// Adds the device without any verifiers.
  public func addDevice(_ device: Device) throws {
    try database.cachedStatement(
      sql: """
        INSERT INTO devices (id, account, name, created_at, expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, NULL)
        """
    ).execute(arguments: [
      device.id.text, device.account, device.name.text, device.createdAt.seconds, device.expiresAt?.seconds,
    ])
    try addCredentials(of: device)
  }

  /// Notes which apps the device has passwords for.
  public func addCredentials(of device: Device) throws {
    for (service, app) in device.apps {
      try database.cachedStatement(sql: "INSERT INTO credentials (device, service, app) VALUES (?, ?, ?)")
        .execute(arguments: [device.id.text, service.rawValue, app.rawValue])
    }
  }

  public func renameDevice(_ id: Device.ID, to name: DeviceName) throws {
    try database.cachedStatement(sql: "UPDATE devices SET name = ? WHERE id = ?").execute(arguments: [
      name.text, id.text,
    ])
  }

  public func forgetDevicesEnded(before: Timestamp) throws {
    try database.cachedStatement(sql: "DELETE FROM ended_devices WHERE ended_at < ?").execute(arguments: [
      before.seconds
    ])
  }

  /// Ends the device for good: its verifiers go at once, and what would have handed its passwords out.
  public func revokeDevice(_ id: Device.ID, at now: Timestamp) throws {
    try database.cachedStatement(sql: "UPDATE devices SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
      .execute(arguments: [now.seconds, id.text])
    try database.cachedStatement(sql: "INSERT OR IGNORE INTO ended_devices (device, ended_at) VALUES (?, ?)")
      .execute(arguments: [id.text, now.seconds])
    for table in ["scram_verifiers", "digest_verifiers", "provisionings", "web_sessions"] {
      try database.cachedStatement(sql: "DELETE FROM \(table) WHERE device = ?").execute(arguments: [id.text])
    }
  }
}

extension Device {
  /// A row a device, with its apps as `service=app` words.
  static let selection = """
    SELECT devices.*, (
      SELECT group_concat(service || '=' || app, ' ') FROM credentials WHERE credentials.device = devices.id
    ) AS apps FROM devices
    """

  init(row: Row) {
    let expiresAt: Int64? = row["expires_at"]
    let revokedAt: Int64? = row["revoked_at"]
    let words: String? = row["apps"]
    var apps: [Service: App] = [:]
    for word in (words ?? "").split(separator: " ") {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let service = Service(rawValue: parts[0]) else { continue }
      // An app that this version does not know (any more) is just another app.
      apps[service] = App(rawValue: parts[1]) ?? (service == .xmpp ? .other : .otherPhone)
    }
    self.init(
      id: ID(stored: row["id"]), account: row["account"], name: DeviceName(stored: row["name"]), apps: apps,
      createdAt: Timestamp(seconds: row["created_at"]), expiresAt: expiresAt.map(Timestamp.init(seconds:)),
      revokedAt: revokedAt.map(Timestamp.init(seconds:)))
  }
}

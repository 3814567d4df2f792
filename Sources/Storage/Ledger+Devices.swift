// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
import Foundation
import GRDB

extension LedgerReader {
  public func device(_ id: Device.ID) throws -> Device? {
    try Row.fetchOne(database, sql: "SELECT * FROM devices WHERE id = ?", arguments: [id.text])
      .map(Device.init(row:))
  }

  /// The devices that were not revoked, oldest first; expired ones too.
  public func devices(of account: Account.ID) throws -> [Device] {
    try Row.fetchAll(
      database,
      sql: "SELECT * FROM devices WHERE account = ? AND revoked_at IS NULL ORDER BY created_at, id",
      arguments: [account]
    ).map(Device.init(row:))
  }

  /// The salts that the member's devices share.
  public func scramParameters(of account: Account.ID) throws -> [SCRAMHash: SCRAMParameters] {
    let rows = try Row.fetchAll(
      database, sql: "SELECT * FROM scram_parameters WHERE account = ?", arguments: [account])
    return rows.reduce(into: [:]) { parameters, row in
      guard let hash = SCRAMHash(rawValue: row["hash"]) else { return }
      parameters[hash] = SCRAMParameters(salt: row["salt"], iterations: row["iterations"])
    }
  }

  /// The verifiers of the member's devices that were not revoked.
  public func scramVerifiers(of account: Account.ID) throws -> [Device.ID: [SCRAMHash: SCRAMVerifier]] {
    let rows = try Row.fetchAll(
      database,
      sql: """
        SELECT scram_verifiers.* FROM scram_verifiers JOIN devices ON devices.id = scram_verifiers.device
        WHERE devices.account = ? AND devices.revoked_at IS NULL
        """, arguments: [account])
    return rows.reduce(into: [:]) { verifiers, row in
      guard let hash = SCRAMHash(rawValue: row["hash"]) else { return }
      verifiers[Device.ID(stored: row["device"]), default: [:]][hash] = SCRAMVerifier(
        storedKey: row["stored_key"], serverKey: row["server_key"])
    }
  }
}

extension LedgerWriter {
  public func setSCRAMParameters(
    _ parameters: [SCRAMHash: SCRAMParameters], of account: Account.ID
  ) throws {
    for (hash, parameter) in parameters {
      try database.execute(
        sql: "INSERT INTO scram_parameters (account, hash, salt, iterations) VALUES (?, ?, ?, ?)",
        arguments: [account, hash.rawValue, parameter.salt, parameter.iterations])
    }
  }

  public func addDevice(_ device: Device, scram verifiers: [SCRAMHash: SCRAMVerifier]) throws {
    try database.execute(
      sql: """
        INSERT INTO devices (id, account, name, app, services, created_at, expires_at, revoked_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, NULL)
        """,
      arguments: [
        device.id.text, device.account, device.name.text, device.app.rawValue, device.services.stored,
        device.createdAt.seconds, device.expiresAt?.seconds,
      ])
    for (hash, verifier) in verifiers {
      try database.execute(
        sql: "INSERT INTO scram_verifiers (device, hash, stored_key, server_key) VALUES (?, ?, ?, ?)",
        arguments: [device.id.text, hash.rawValue, verifier.storedKey, verifier.serverKey])
    }
  }

  public func renameDevice(_ id: Device.ID, to name: DeviceName) throws {
    try database.execute(sql: "UPDATE devices SET name = ? WHERE id = ?", arguments: [name.text, id.text])
  }

  /// Ends the device for good: its verifiers go at once.
  public func revokeDevice(_ id: Device.ID, at now: Timestamp) throws {
    try database.execute(
      sql: "UPDATE devices SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
      arguments: [now.seconds, id.text])
    try database.execute(sql: "DELETE FROM scram_verifiers WHERE device = ?", arguments: [id.text])
  }
}

extension Device {
  init(row: Row) {
    let expiresAt: Int64? = row["expires_at"]
    let revokedAt: Int64? = row["revoked_at"]
    self.init(
      id: ID(stored: row["id"]), account: row["account"], name: DeviceName(stored: row["name"]),
      app: App(rawValue: row["app"]) ?? .other, services: Set(stored: row["services"]),
      createdAt: Timestamp(seconds: row["created_at"]), expiresAt: expiresAt.map(Timestamp.init(seconds:)),
      revokedAt: revokedAt.map(Timestamp.init(seconds:)))
  }
}

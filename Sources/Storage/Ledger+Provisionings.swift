// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
public import Foundation
import GRDB

/// A link by which an app fetches its settings, once. Whoever reads the ledger can neither follow it nor open what it
/// leads to: both need the link's token, of which only the fingerprint is here.
public struct Provisioning: Sendable, Equatable {
  /// Of the token.
  public let fingerprint: Fingerprint
  public let device: Device.ID
  /// Sealed with a key that is made from the token.
  public let sealed: Data
  public let expiresAt: Timestamp

  public init(fingerprint: Fingerprint, device: Device.ID, sealed: Data, expiresAt: Timestamp) {
    self.fingerprint = fingerprint
    self.device = device
    self.sealed = sealed
    self.expiresAt = expiresAt
  }
}

extension LedgerWriter {
  public func addProvisioning(_ provisioning: Provisioning) throws {
    try database.execute(
      sql: "INSERT INTO provisionings (fingerprint, device, sealed, expires_at) VALUES (?, ?, ?, ?)",
      arguments: [
        provisioning.fingerprint.bytes, provisioning.device.text, provisioning.sealed,
        provisioning.expiresAt.seconds,
      ])
  }

  /// Takes the provisioning out: nobody gets it a second time. `nil` if it is not there or too old.
  public func takeProvisioning(_ fingerprint: Fingerprint, at now: Timestamp) throws -> Provisioning? {
    let row = try Row.fetchOne(
      database, sql: "DELETE FROM provisionings WHERE fingerprint = ? RETURNING *",
      arguments: [fingerprint.bytes])
    guard let row, now.seconds < row["expires_at"] else { return nil }
    return Provisioning(
      fingerprint: fingerprint, device: Device.ID(stored: row["device"]), sealed: row["sealed"],
      expiresAt: Timestamp(seconds: row["expires_at"]))
  }

  public func removeExpiredProvisionings(at now: Timestamp) throws {
    try database.execute(sql: "DELETE FROM provisionings WHERE expires_at <= ?", arguments: [now.seconds])
  }
}

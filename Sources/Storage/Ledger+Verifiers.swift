// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
public import Foundation
import GRDB

/// The HA1 of one device for one algorithm, sealed: it is as good as the password, so it lies in the clear only where
/// the SIP server reads it.
public struct SealedDigest: Sendable, Equatable {
  public let algorithm: DigestAlgorithm
  public let sealed: Data

  public init(algorithm: DigestAlgorithm, sealed: Data) {
    self.algorithm = algorithm
    self.sealed = sealed
  }
}

extension LedgerReader {
  /// The salts that the member's devices share.
  public func scramParameters(of account: Account.ID) throws -> [SCRAMHash: SCRAMParameters] {
    let rows = try Row.fetchAll(
      database.cachedStatement(sql: "SELECT * FROM scram_parameters WHERE account = ?"), arguments: [account])
    return rows.reduce(into: [:]) { parameters, row in
      guard let hash = SCRAMHash(rawValue: row["hash"]) else { return }
      parameters[hash] = SCRAMParameters(salt: row["salt"], iterations: row["iterations"])
    }
  }

  /// The verifiers for chat of the member's devices that were not revoked.
  public func scramVerifiers(of account: Account.ID) throws -> [Device.ID: [SCRAMHash: SCRAMVerifier]] {
    try verifiers("scram_verifiers", of: account).reduce(into: [:]) { verifiers, row in
      guard let hash = SCRAMHash(rawValue: row["hash"]) else { return }
      verifiers[Device.ID(stored: row["device"]), default: [:]][hash] = SCRAMVerifier(
        storedKey: row["stored_key"], serverKey: row["server_key"])
    }
  }

  /// The verifiers for calls of the member's devices that were not revoked.
  public func digests(of account: Account.ID) throws -> [Device.ID: [SealedDigest]] {
    try verifiers("digest_verifiers", of: account).reduce(into: [:]) { digests, row in
      guard let algorithm = DigestAlgorithm(rawValue: row["algorithm"]) else { return }
      digests[Device.ID(stored: row["device"]), default: []].append(
        SealedDigest(algorithm: algorithm, sealed: row["sealed"]))
    }
  }

  private func verifiers(_ table: String, of account: Account.ID) throws -> [Row] {
    try Row.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT \(table).* FROM \(table) JOIN devices ON devices.id = \(table).device
          WHERE devices.account = ? AND devices.revoked_at IS NULL
          """), arguments: [account])
  }
}

extension LedgerWriter {
  public func setSCRAMParameters(
    _ parameters: [SCRAMHash: SCRAMParameters], of account: Account.ID
  ) throws {
    for (hash, parameter) in parameters {
      try database.cachedStatement(
        sql: "INSERT INTO scram_parameters (account, hash, salt, iterations) VALUES (?, ?, ?, ?)"
      ).execute(arguments: [account, hash.rawValue, parameter.salt, parameter.iterations])
    }
  }

  public func setVerifiers(_ verifiers: [SCRAMHash: SCRAMVerifier], of device: Device.ID) throws {
    for (hash, verifier) in verifiers {
      try database.cachedStatement(
        sql: "INSERT INTO scram_verifiers (device, hash, stored_key, server_key) VALUES (?, ?, ?, ?)"
      ).execute(arguments: [device.text, hash.rawValue, verifier.storedKey, verifier.serverKey])
    }
  }

  public func setDigests(_ digests: [SealedDigest], of device: Device.ID) throws {
    for digest in digests {
      try database.cachedStatement(
        sql: "INSERT INTO digest_verifiers (device, algorithm, sealed) VALUES (?, ?, ?)"
      ).execute(arguments: [device.text, digest.algorithm.rawValue, digest.sealed])
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Engines
import Foundation
import GRDB
import Storage

/// What members have by the ledger: who may chat, and the live devices with their verifiers.
struct Holdings: Equatable, Sendable {
  struct Held: Equatable, Sendable {
    var name: String
    var expiresAt: Int64
    var verifiers: [SCRAMHash: SCRAMVerifier]

    var isWhole: Bool { verifiers.count == SCRAMHash.allCases.count }
  }

  struct Member: Equatable, Sendable {
    var mayChat: Bool
    var isDeleted: Bool
    /// Salts are made before a member's first device, in a transaction of their own: without a device they are nothing.
    var salts: [SCRAMHash: SCRAMParameters]
    var devices: [String: Held]
  }

  var members: [String: Member] = [:]

  init() {}

  init(of ledger: Ledger) async throws {
    members = try await ledger.read { reader in
      var members: [String: Member] = [:]
      for account in try reader.accounts(limit: 1_000) {
        let verifiers = try reader.scramVerifiers(of: account.id)
        var devices: [String: Held] = [:]
        for device in try reader.devices(of: account.id) {
          devices[device.id.text] = Held(
            name: device.name.text, expiresAt: device.expiresAt?.seconds ?? 0,
            verifiers: verifiers[device.id] ?? [:])
        }
        members[account.name.text] = Member(
          mayChat: account.mayUse(.xmpp), isDeleted: account.deletedAt != nil,
          salts: devices.isEmpty ? [:] : try reader.scramParameters(of: account.id), devices: devices)
      }
      return members
    }
  }

  /// Whom Prosody must let in with what: the rows of the projection, for those who have a device at all.
  var projected: [String: ProjectionRow] {
    members.filter { $0.value.mayChat && !$0.value.devices.isEmpty }.mapValues { member in
      ProjectionRow(
        salts: SCRAMHash.allCases.map { hash in
          "\(member.salts[hash]?.salt.base64EncodedString() ?? "none") \(member.salts[hash]?.iterations ?? 0)"
        },
        devices: Set(
          member.devices.map { id, held in
            let keys = SCRAMHash.allCases.flatMap { hash in
              [held.verifiers[hash]?.storedKey, held.verifiers[hash]?.serverKey].map {
                $0?.base64EncodedString() ?? "none"
              }
            }
            return ([id, "\(held.expiresAt)"] + keys).joined(separator: " ")
          }))
    }
  }
}

/// A member's row of the projection, read as an engine reads it.
struct ProjectionRow: Equatable, Sendable {
  var salts: [String]
  /// The lines.
  var devices: Set<String>

  /// All rows with a device. Rows without one let nobody in, as no row does.
  @Sendable static func read(_ database: Database) throws -> [String: ProjectionRow] {
    var rows: [String: ProjectionRow] = [:]
    for row in try Row.fetchAll(database, sql: "SELECT * FROM members WHERE devices <> ''") {
      let lines: String = row["devices"]
      rows[row["name"]] = ProjectionRow(
        salts: [
          "\(row["sha1_salt"] as String) \(row["sha1_iterations"] as Int)",
          "\(row["sha256_salt"] as String) \(row["sha256_iterations"] as Int)",
        ],
        devices: Set(lines.split(separator: "\n").map(String.init)))
    }
    return rows
  }
}

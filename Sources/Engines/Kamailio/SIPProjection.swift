// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
import GRDB

/// The database that Kamailio reads (`share/kamailio/projection.sql`).
public typealias SIPProjection = Projection<SIPContent>

/// What Kamailio needs to know of one member: the HA1s of the live devices, who may call, and what the member decided
/// about other members here.
public struct ProjectedCaller: ProjectedRow, Equatable {
  public let name: Name
  public let credentials: [ProjectedDigest]
  /// Who may call.
  public let reach: Reach
  /// To members of this server: nobody else can call here.
  public let relations: [Name: Relation]

  public init(
    name: Name, credentials: [ProjectedDigest], reach: Reach, relations: [Name: Relation] = [:]
  ) {
    self.name = name
    self.credentials = credentials
    self.reach = reach
    self.relations = relations
  }
}

/// The HA1 of one live device for one algorithm.
public struct ProjectedDigest: Sendable, Equatable {
  public let device: Device.ID
  public let expiresAt: Timestamp?
  public let algorithm: DigestAlgorithm
  public let ha1: Secret

  public init(device: Device.ID, expiresAt: Timestamp?, algorithm: DigestAlgorithm, ha1: Secret) {
    self.device = device
    self.expiresAt = expiresAt
    self.algorithm = algorithm
    self.ha1 = ha1
  }
}

public enum SIPContent: ProjectionContent {
  public static let name = "sip"
  public static let title = "The call server's database"
  public static let schemaVersion = 2
  /// Kamailio keeps its connection to a file that was replaced; by the epoch it notices.
  public static let announcesEpoch = true

  public static func clear(_ writer: ProjectionWriter) throws {
    for table in ["credentials", "members", "relations"] {
      try writer.database.cachedStatement(sql: "DELETE FROM \(table)").execute()
    }
  }

  public static func put(_ member: ProjectedCaller?, name: Name, _ writer: ProjectionWriter) throws {
    let database = writer.database
    guard name != .everybody else { return }
    try database.cachedStatement(sql: "DELETE FROM credentials WHERE name = ?").execute(arguments: [name.text]
    )
    try writer.put(
      [String: String](
        uniqueKeysWithValues: (member?.relations ?? [:]).compactMap { name, relation in
          relation.isEmpty ? nil : (name.text, relation.flags)
        }), of: name)
    guard let member else {
      try database.cachedStatement(sql: "DELETE FROM members WHERE name = ?").execute(arguments: [name.text])
      return
    }
    try database.cachedStatement(sql: "INSERT OR REPLACE INTO members (name, reach) VALUES (?, ?)").execute(
      arguments: [name.text, member.reach.rawValue])
    let insert = try database.cachedStatement(
      sql: "INSERT INTO credentials (name, algorithm, device, ha1, expires) VALUES (?, ?, ?, ?, ?)")
    for credential in member.credentials {
      try insert.execute(arguments: [
        name.text, credential.algorithm.rawValue, credential.device.text, credential.ha1.reveal(),
        credential.expiresAt?.seconds ?? 0,
      ])
    }
  }

  /// There is nothing beside members.
  public static func put(_ asides: Void, _ writer: ProjectionWriter) throws {}
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
import GRDB

/// The database that Kamailio reads (`share/kamailio/projection.sql`).
public typealias SIPProjection = Projection<SIPContent>

/// What Kamailio needs to know of one member: the HA1s of the live devices.
public struct ProjectedCaller: ProjectedRow, Equatable {
  public let name: Name
  public let credentials: [ProjectedDigest]

  public init(name: Name, credentials: [ProjectedDigest]) {
    self.name = name
    self.credentials = credentials
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
  public static let schemaVersion = 1
  /// Kamailio keeps its connection to a file that was replaced; by the epoch it notices.
  public static let announcesEpoch = true

  public static func clear(_ writer: ProjectionWriter) throws {
    try writer.database.cachedStatement(sql: "DELETE FROM credentials").execute()
  }

  public static func put(_ member: ProjectedCaller?, name: Name, _ writer: ProjectionWriter) throws {
    let database = writer.database
    try database.cachedStatement(sql: "DELETE FROM credentials WHERE name = ?").execute(arguments: [name.text]
    )
    guard let member else { return }
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

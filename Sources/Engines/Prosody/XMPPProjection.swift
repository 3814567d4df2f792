// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
public import Directory
import Foundation
import GRDB

/// The database that Prosody reads (`share/prosody/projection.sql`).
public typealias XMPPProjection = Projection<XMPPContent>

public enum XMPPContent: ProjectionContent {
  public static let name = "xmpp"
  public static let title = "The chat server's database"
  public static let schemaVersion = 2
  public static let announcesEpoch = false

  /// What Prosody does beside judging logins.
  public struct Asides: Sendable, Equatable {
    /// All that are wanted at this moment.
    public let purges: Set<ProjectedPurge>
    /// New ones; those that are there stay.
    public let notices: [ProjectedNotice]
    /// What holds for all members; `nil` if it has not changed.
    public let site: [Peer: Relation]?

    public init(
      purges: Set<ProjectedPurge> = [], notices: [ProjectedNotice] = [], site: [Peer: Relation]? = nil
    ) {
      self.purges = purges
      self.notices = notices
      self.site = site
    }
  }

  public static func clear(_ writer: ProjectionWriter) throws {
    try writer.database.cachedStatement(sql: "DELETE FROM members").execute()
    try writer.database.cachedStatement(sql: "DELETE FROM relations").execute()
  }

  public static func put(_ member: ProjectedMember?, name: Name, _ writer: ProjectionWriter) throws {
    let database = writer.database
    guard name != .everybody else { return }
    try writer.put(member?.relations.rows ?? [:], of: name)
    guard let member else {
      try database.cachedStatement(sql: "DELETE FROM members WHERE name = ?").execute(arguments: [name.text])
      return
    }
    try database.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO members
          (name, sha1_salt, sha1_iterations, sha256_salt, sha256_iterations, presence, reach, devices)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      member.name.text, member.sha1.salt.base64EncodedString(), member.sha1.iterations,
      member.sha256.salt.base64EncodedString(), member.sha256.iterations, member.presence.rawValue,
      member.reach.rawValue, member.deviceLines,
    ])
  }

  public static func put(_ asides: Asides, _ writer: ProjectionWriter) throws {
    let database = writer.database
    if let site = asides.site { try writer.put(site.rows, of: .everybody) }
    // With a condition, SQLite writes no page where there is nothing to delete.
    try database.cachedStatement(sql: "DELETE FROM purges WHERE TRUE").execute()
    for purge in asides.purges {
      try database.cachedStatement(sql: "INSERT INTO purges (id, name) VALUES (?, ?)").execute(arguments: [
        purge.id, purge.name.text,
      ])
    }
    for notice in asides.notices {
      try database.cachedStatement(sql: "INSERT OR IGNORE INTO notices (id, name, body) VALUES (?, ?, ?)")
        .execute(arguments: [notice.id, notice.name.text, notice.body])
    }
    // Old ones were told long ago, or never will be.
    try database.cachedStatement(sql: "DELETE FROM notices WHERE id <= (SELECT MAX(id) FROM notices) - 1000")
      .execute()
  }
}

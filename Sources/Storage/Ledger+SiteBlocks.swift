// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
public import Directory
import Foundation
import GRDB

/// How far the servers that the home server's admin has shut out are known.
public struct SiteBlocksRecord: Sendable, Equatable {
  public let askedAt: Timestamp
  /// `nil` if they were never told to us.
  public let readAt: Timestamp?
  /// Who told: `admin` or `instance`.
  public let source: String?
  /// How many names the home server hides from us.
  public let hidden: Int
}

extension LedgerReader {
  /// What the home server's admin has decided for everybody.
  public func siteRelations() throws -> [Peer: Relation] {
    let rows = try Row.fetchAll(
      database.cachedStatement(sql: "SELECT domain, includes_subdomains FROM site_blocks"))
    return Dictionary(
      rows.map { row in
        let domain: String = row["domain"]
        return (row["includes_subdomains"] ? .domainAndBelow(domain) : .domain(domain), .blocked)
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Whether the home server's admin has shut out this domain, or one above it with all below.
  public func isShutOut(_ domain: String) throws -> Bool {
    let exists = try database.cachedStatement(
      sql: """
        SELECT EXISTS (SELECT * FROM site_blocks WHERE domain = ? AND (includes_subdomains OR ?))
        """)
    var rest = Substring(domain)
    while true {
      if try Bool.fetchOne(exists, arguments: [String(rest), rest.count == domain.count]) == true {
        return true
      }
      guard let dot = rest.firstIndex(of: ".") else { return false }
      rest = rest[rest.index(after: dot)...]
    }
  }

  public func siteBlocksRecord() throws -> SiteBlocksRecord? {
    try Row.fetchOne(database.cachedStatement(sql: "SELECT * FROM site_block_reads")).map { row in
      let readAt: Int64? = row["read_at"]
      return SiteBlocksRecord(
        askedAt: Timestamp(seconds: row["asked_at"]), readAt: readAt.map(Timestamp.init(seconds:)),
        source: row["source"], hidden: row["hidden"])
    }
  }
}

extension LedgerWriter {
  /// Notes that the home server is being asked now, so that not everybody asks.
  public func noteSiteBlocksAsked(at now: Timestamp) throws {
    try database.cachedStatement(
      sql: """
        INSERT INTO site_block_reads (id, asked_at) VALUES (1, ?)
        ON CONFLICT (id) DO UPDATE SET asked_at = excluded.asked_at
        """
    ).execute(arguments: [now.seconds])
  }

  /// Makes the ledger say which domains, each with all below it, the home server's admin has shut out.
  ///
  /// - Parameters:
  ///   - hiddenDigests: SHA-256, in hexadecimal digits, of domains that are shut out too and whose names are hidden. One
  ///     that is known from before stays: that we may not see its name any more does not lift it.
  ///   - hidden: how many names are hidden in all.
  ///   - isCut: whether there are more than these: then none is lifted.
  ///   - source: who told.
  /// - Returns: whether that is any different from before.
  public func setSiteBlocks(
    _ domains: Set<String>, hiddenDigests: Set<String>, hidden: Int, isCut: Bool, source: String,
    at now: Timestamp
  ) throws -> Bool {
    let before = Set(try String.fetchAll(database, sql: "SELECT domain FROM site_blocks"))
    // Names without a digest could be any of those that were known.
    let namelessRemain = hidden > hiddenDigests.count
    let gone = before.subtracting(domains).filter { domain in
      !isCut && !namelessRemain && !hiddenDigests.contains(Self.digest(domain))
    }
    for domain in gone {
      try database.cachedStatement(sql: "DELETE FROM site_blocks WHERE domain = ?").execute(
        arguments: [domain])
    }
    for domain in domains.subtracting(before) {
      try database.cachedStatement(
        sql: "INSERT INTO site_blocks (domain, includes_subdomains, created_at) VALUES (?, 1, ?)"
      ).execute(arguments: [domain, now.seconds])
    }
    try noteSiteBlocksAsked(at: now)
    try database.cachedStatement(
      sql: "UPDATE site_block_reads SET read_at = ?, source = ?, hidden = ?"
    ).execute(arguments: [now.seconds, source, hidden])
    return !gone.isEmpty || !domains.isSubset(of: before)
  }

  private static func digest(_ domain: String) -> String {
    SHA256.hash(data: Data(domain.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

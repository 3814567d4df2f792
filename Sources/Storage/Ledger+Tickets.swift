// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
import GRDB

/// Tickets: each lets one browser in as one member, once, within a minute. Only their fingerprints are kept.
extension LedgerWriter {
  /// - Parameter limit: how many may be out at once; beyond it those are forgotten that would end first, so that a flood
  ///   cannot fill the disk.
  public func addTicket(
    _ fingerprint: Fingerprint, for account: Account.ID, until expiry: Timestamp, limit: Int = 10_000
  ) throws {
    try database.cachedStatement(
      sql: "INSERT INTO tickets (fingerprint, account, expires_at) VALUES (?, ?, ?)"
    )
    .execute(arguments: [fingerprint.bytes, account, expiry.seconds])
    try database.cachedStatement(
      sql: """
        DELETE FROM tickets WHERE fingerprint IN
          (SELECT fingerprint FROM tickets ORDER BY expires_at DESC LIMIT -1 OFFSET ?)
        """
    ).execute(arguments: [limit])
  }

  /// Takes the ticket out: it counts once, whatever comes of it. `nil` if it is not there or too old.
  public func takeTicket(_ fingerprint: Fingerprint, at now: Timestamp) throws -> Account.ID? {
    let row = try Row.fetchOne(
      database, sql: "DELETE FROM tickets WHERE fingerprint = ? RETURNING account, expires_at",
      arguments: [fingerprint.bytes])
    guard let row, now.seconds < row["expires_at"] else { return nil }
    return row["account"]
  }

  public func removeExpiredTickets(at now: Timestamp) throws {
    try database.execute(sql: "DELETE FROM tickets WHERE expires_at <= ?", arguments: [now.seconds])
  }
}

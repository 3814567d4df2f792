// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
import Foundation
import GRDB

/// A token of the home server that is out of use here and is to be revoked there.
public struct TokenReturn: Sendable, Equatable {
  /// Of the token itself.
  public let fingerprint: Fingerprint
  /// The handle that the token was for; `nil` if that was never known.
  public let account: String?
  /// What was stored, still encrypted: ``LedgerReader/open(_:key:)``.
  let sealed: Data
  public let since: Timestamp
  /// How often it was tried in vain.
  public let attempts: Int
}

extension LedgerReader {
  /// The returns whose time has come, longest waiting first.
  public func tokenReturns(due now: Timestamp, limit: Int) throws -> [TokenReturn] {
    try Row.fetchAll(
      database, sql: "SELECT * FROM token_returns WHERE due_at <= ? ORDER BY due_at, since LIMIT ?",
      arguments: [now.seconds, limit]
    ).map(TokenReturn.init(row:))
  }

  /// How many tokens wait to be revoked.
  public func tokenReturnCount() throws -> Int {
    try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM token_returns") ?? 0
  }

  /// What was stored of the token.
  /// - Throws: ``StorageError`` `wrongKey`.
  public func open(_ entry: TokenReturn, key: SealingKey) throws -> Secret {
    try open(entry.sealed, key: key, context: LedgerWriter.returnContext(entry.fingerprint))
  }

  /// Whether an account has this token now: many servers hand out the same one again.
  public func isTokenInUse(_ fingerprint: Fingerprint) throws -> Bool {
    try Bool.fetchOne(
      database, sql: "SELECT EXISTS (SELECT * FROM tokens WHERE fingerprint = ?)",
      arguments: [fingerprint.bytes]) ?? false
  }
}

extension LedgerWriter {
  /// Notes that a token is to be revoked. A second time changes nothing.
  /// - Parameter due: not before this moment; `nil` for at once.
  public func addTokenReturn(
    _ token: Secret, fingerprint: Fingerprint, account: String?, key: SealingKey, random: RandomBytes,
    now: Timestamp, due: Timestamp? = nil
  ) throws {
    let sealed = try key.seal(token, context: Self.returnContext(fingerprint), random: random)
    try database.execute(
      sql: """
        INSERT INTO token_returns (fingerprint, account, sealed, since, attempts, due_at) VALUES (?, ?, ?, ?, 0, ?)
        ON CONFLICT (fingerprint) DO NOTHING
        """, arguments: [fingerprint.bytes, account, sealed, now.seconds, (due ?? now).seconds])
  }

  /// It is not needed any more: it is revoked now, if it was to wait.
  public func hurryTokenReturn(_ fingerprint: Fingerprint, at now: Timestamp) throws {
    try database.execute(
      sql: "UPDATE token_returns SET due_at = min(due_at, ?) WHERE fingerprint = ?",
      arguments: [now.seconds, fingerprint.bytes])
  }

  /// It was tried in vain: again at that time.
  public func postponeTokenReturn(_ fingerprint: Fingerprint, until due: Timestamp) throws {
    try database.execute(
      sql: "UPDATE token_returns SET attempts = attempts + 1, due_at = ? WHERE fingerprint = ?",
      arguments: [due.seconds, fingerprint.bytes])
  }

  public func removeTokenReturn(_ fingerprint: Fingerprint) throws {
    try database.execute(
      sql: "DELETE FROM token_returns WHERE fingerprint = ?", arguments: [fingerprint.bytes])
  }

  fileprivate static func returnContext(_ fingerprint: Fingerprint) -> String {
    "token_returns/\(fingerprint.bytes.base64EncodedString())"
  }
}

extension TokenReturn {
  init(row: Row) {
    self.init(
      fingerprint: Fingerprint(bytes: row["fingerprint"]), account: row["account"], sealed: row["sealed"],
      since: Timestamp(seconds: row["since"]), attempts: row["attempts"])
  }
}

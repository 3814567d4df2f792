// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
import Foundation
import GRDB

/// Values of the home server that must be read again, encrypted with the ledger's key. What they are is the
/// caller's business: text, such as JSON.
extension LedgerReader {
  /// Our registration as an application at a home server; kept, since servers limit how many they take.
  public func registration(at homeServer: String, redirectURI: String, key: SealingKey) throws -> Secret? {
    try Data.fetchOne(
      database, sql: "SELECT sealed FROM registrations WHERE home_server = ? AND redirect_uri = ?",
      arguments: [homeServer, redirectURI]
    ).map { try open($0, key: key, context: LedgerWriter.registrationContext(homeServer, redirectURI)) }
  }

  /// A member's access token: one for each account and not for each sign-in, since many servers hand out the
  /// same token again.
  public func token(of account: Account.ID, key: SealingKey) throws -> Secret? {
    try Data.fetchOne(database, sql: "SELECT sealed FROM tokens WHERE account = ?", arguments: [account])
      .map { try open($0, key: key, context: LedgerWriter.tokenContext(account)) }
  }

  /// Our registrations as an application at a home server, also those for another redirect URI and those that were
  /// replaced.
  public func registrations(at homeServer: String, key: SealingKey) throws -> [Secret] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT redirect_uri, sealed, created_at, 0 AS id FROM registrations WHERE home_server = :home
        UNION ALL SELECT redirect_uri, sealed, created_at, id FROM former_registrations WHERE home_server = :home
        ORDER BY created_at DESC, id
        """, arguments: ["home": homeServer]
    ).map { row in
      try open(
        row["sealed"], key: key, context: LedgerWriter.registrationContext(homeServer, row["redirect_uri"]))
    }
  }

  func open(_ sealed: Data, key: SealingKey, context: String) throws -> Secret {
    do {
      return try key.open(sealed, context: context)
    } catch {
      throw StorageError(
        .wrongKey, cause: "What is stored for the home server does not open with the key in “key_file”.",
        remedy: "Put the key file back that belongs to this ledger.")
    }
  }
}

extension LedgerWriter {
  /// Stores a registration. The one before it is remembered, so that its tokens can be given back.
  public func setRegistration(
    _ registration: Secret, at homeServer: String, redirectURI: String, key: SealingKey, random: RandomBytes,
    now: Timestamp
  ) throws {
    let sealed = try key.seal(
      registration, context: Self.registrationContext(homeServer, redirectURI), random: random)
    try database.execute(
      sql: """
        INSERT INTO former_registrations (home_server, redirect_uri, sealed, created_at)
        SELECT home_server, redirect_uri, sealed, created_at FROM registrations
        WHERE home_server = ? AND redirect_uri = ?
        """, arguments: [homeServer, redirectURI])
    try database.execute(
      sql: """
        DELETE FROM former_registrations WHERE id IN
          (SELECT id FROM former_registrations ORDER BY id DESC LIMIT -1 OFFSET 20)
        """)
    try database.execute(
      sql: """
        INSERT OR REPLACE INTO registrations (home_server, redirect_uri, sealed, created_at) VALUES (?, ?, ?, ?)
        """, arguments: [homeServer, redirectURI, sealed, now.seconds])
  }

  public func removeRegistration(at homeServer: String, redirectURI: String) throws {
    try database.execute(
      sql: "DELETE FROM registrations WHERE home_server = ? AND redirect_uri = ?",
      arguments: [homeServer, redirectURI])
  }

  /// - Parameter fingerprint: of the token itself, which may be a part of what is stored.
  public func setToken(
    _ token: Secret, fingerprint: Fingerprint, of account: Account.ID, key: SealingKey, random: RandomBytes,
    now: Timestamp
  ) throws {
    let sealed = try key.seal(token, context: Self.tokenContext(account), random: random)
    try database.execute(
      sql: "INSERT OR REPLACE INTO tokens (account, sealed, created_at, fingerprint) VALUES (?, ?, ?, ?)",
      arguments: [account, sealed, now.seconds, fingerprint.bytes])
  }

  public func removeToken(of account: Account.ID) throws {
    try database.execute(sql: "DELETE FROM tokens WHERE account = ?", arguments: [account])
  }

  fileprivate static func registrationContext(_ homeServer: String, _ redirectURI: String) -> String {
    "registrations/\(homeServer)/\(redirectURI)"
  }

  fileprivate static func tokenContext(_ account: Account.ID) -> String { "tokens/\(account)" }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
import Foundation
import GRDB

/// Our registration as an application at a home server; kept, since servers limit how many they take.
public struct StoredRegistration: Sendable, Equatable {
  public let homeServer: String
  public let redirectURI: String
  public let clientID: String
  public let clientSecret: Secret
  public let scopes: String

  public init(homeServer: String, redirectURI: String, clientID: String, clientSecret: Secret, scopes: String) {
    self.homeServer = homeServer
    self.redirectURI = redirectURI
    self.clientID = clientID
    self.clientSecret = clientSecret
    self.scopes = scopes
  }
}

/// A member's access token at the home server.
///
/// One for each account and not for each sign-in: many servers hand out the same token again.
public struct StoredToken: Sendable, Equatable {
  public let account: Account.ID
  public let token: Secret
  public let scopes: String

  public init(account: Account.ID, token: Secret, scopes: String) {
    self.account = account
    self.token = token
    self.scopes = scopes
  }
}

extension LedgerReader {
  public func registration(
    at homeServer: String, redirectURI: String, key: SealingKey
  ) throws -> StoredRegistration? {
    guard
      let row = try Row.fetchOne(
        database, sql: "SELECT * FROM registrations WHERE home_server = ? AND redirect_uri = ?",
        arguments: [homeServer, redirectURI])
    else { return nil }
    let secret = try open(row["client_secret"], key: key, context: "registrations/\(homeServer)/\(redirectURI)")
    return StoredRegistration(
      homeServer: homeServer, redirectURI: redirectURI, clientID: row["client_id"], clientSecret: secret,
      scopes: row["scopes"])
  }

  public func token(of account: Account.ID, key: SealingKey) throws -> StoredToken? {
    guard let row = try Row.fetchOne(database, sql: "SELECT * FROM tokens WHERE account = ?", arguments: [account])
    else { return nil }
    let token = try open(row["token"], key: key, context: "tokens/\(account)")
    return StoredToken(account: account, token: token, scopes: row["scopes"])
  }

  private func open(_ sealed: Data, key: SealingKey, context: String) throws -> Secret {
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
  public func setRegistration(
    _ registration: StoredRegistration, key: SealingKey, random: RandomBytes, at now: Timestamp
  ) throws {
    let sealed = try key.seal(
      registration.clientSecret,
      context: "registrations/\(registration.homeServer)/\(registration.redirectURI)", random: random)
    try database.execute(
      sql: """
        INSERT OR REPLACE INTO registrations
          (home_server, redirect_uri, client_id, client_secret, scopes, created_at) VALUES (?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        registration.homeServer, registration.redirectURI, registration.clientID, sealed, registration.scopes,
        now.seconds,
      ])
  }

  public func removeRegistration(at homeServer: String, redirectURI: String) throws {
    try database.execute(
      sql: "DELETE FROM registrations WHERE home_server = ? AND redirect_uri = ?",
      arguments: [homeServer, redirectURI])
  }

  public func setToken(_ token: StoredToken, key: SealingKey, random: RandomBytes, at now: Timestamp) throws {
    let sealed = try key.seal(token.token, context: "tokens/\(token.account)", random: random)
    try database.execute(
      sql: "INSERT OR REPLACE INTO tokens (account, token, scopes, created_at) VALUES (?, ?, ?, ?)",
      arguments: [token.account, sealed, token.scopes, now.seconds])
  }

  public func removeToken(of account: Account.ID) throws {
    try database.execute(sql: "DELETE FROM tokens WHERE account = ?", arguments: [account])
  }
}

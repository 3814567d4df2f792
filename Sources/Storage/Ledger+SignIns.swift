// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
public import Foundation
import GRDB

/// A sign-in that was begun and waits for the home server's answer.
public struct PendingSignIn: Sendable, Equatable {
  /// The OAuth `state`, as its fingerprint.
  public let state: Fingerprint
  /// The value in the browser's short-lived cookie: the answer must come back to the browser that asked.
  public let browser: Fingerprint
  /// What the answer will be judged by (PKCE verifier, issuer and so on), sealed by the caller.
  public let sealed: Data
  /// For a repeated sign-in: who is expected.
  public let expectedAccount: Account.ID?
  /// Where in the portal to go on afterwards.
  public let returnTo: String
  public let expiresAt: Timestamp

  public init(
    state: Fingerprint, browser: Fingerprint, sealed: Data, expectedAccount: Account.ID?, returnTo: String,
    expiresAt: Timestamp
  ) {
    self.state = state
    self.browser = browser
    self.sealed = sealed
    self.expectedAccount = expectedAccount
    self.returnTo = returnTo
    self.expiresAt = expiresAt
  }
}

/// A signed-in browser.
public struct SignIn: Sendable, Equatable {
  /// Of the cookie.
  public let fingerprint: Fingerprint
  public let account: Account.ID
  public let createdAt: Timestamp
  public var seenAt: Timestamp
  /// When the member last proved to the home server who they are.
  public var provedAt: Timestamp
  public var expiresAt: Timestamp
  /// What the browser calls itself, shortened.
  public let browser: String
  /// Whether the home server's page has let the browser in by a ticket: that is less than a sign-in, which asks for the
  /// password.
  public let isByTicket: Bool

  public init(
    fingerprint: Fingerprint, account: Account.ID, createdAt: Timestamp, seenAt: Timestamp,
    provedAt: Timestamp, expiresAt: Timestamp, browser: String, isByTicket: Bool = false
  ) {
    self.fingerprint = fingerprint
    self.account = account
    self.createdAt = createdAt
    self.seenAt = seenAt
    self.provedAt = provedAt
    self.expiresAt = expiresAt
    self.browser = browser
    self.isByTicket = isByTicket
  }
}

extension LedgerReader {
  public func signIn(_ fingerprint: Fingerprint, at now: Timestamp) throws -> SignIn? {
    try Row.fetchOne(
      database, sql: "SELECT * FROM sign_ins WHERE fingerprint = ? AND expires_at > ?",
      arguments: [fingerprint.bytes, now.seconds]
    ).map(SignIn.init(row:))
  }

  public func signIns(of account: Account.ID, at now: Timestamp) throws -> [SignIn] {
    try Row.fetchAll(
      database, sql: "SELECT * FROM sign_ins WHERE account = ? AND expires_at > ? ORDER BY created_at",
      arguments: [account, now.seconds]
    ).map(SignIn.init(row:))
  }
}

extension LedgerWriter {
  /// - Parameter limit: how many may wait at once; beyond it the oldest are forgotten, so that a flood of
  ///   begun sign-ins cannot fill the disk.
  public func addAttempt(_ attempt: PendingSignIn, limit: Int = 10_000) throws {
    try database.execute(
      sql: """
        INSERT INTO sign_in_attempts (state, browser, sealed, expected_account, return_to, expires_at)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        attempt.state.bytes, attempt.browser.bytes, attempt.sealed, attempt.expectedAccount, attempt.returnTo,
        attempt.expiresAt.seconds,
      ])
    try database.execute(
      sql: """
        DELETE FROM sign_in_attempts WHERE state IN
          (SELECT state FROM sign_in_attempts ORDER BY expires_at DESC LIMIT -1 OFFSET ?)
        """, arguments: [limit])
  }

  /// Takes the attempt out: a state counts once, whatever comes of it.
  public func takeAttempt(_ state: Fingerprint, at now: Timestamp) throws -> PendingSignIn? {
    let row = try Row.fetchOne(
      database, sql: "DELETE FROM sign_in_attempts WHERE state = ? RETURNING *", arguments: [state.bytes])
    return row.map(PendingSignIn.init(row:)).flatMap { $0.expiresAt > now ? $0 : nil }
  }

  public func addSignIn(_ signIn: SignIn) throws {
    try database.execute(
      sql: """
        INSERT INTO sign_ins (fingerprint, account, created_at, seen_at, proved_at, expires_at, browser, by_ticket)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        signIn.fingerprint.bytes, signIn.account, signIn.createdAt.seconds, signIn.seenAt.seconds,
        signIn.provedAt.seconds, signIn.expiresAt.seconds, signIn.browser, signIn.isByTicket,
      ])
  }

  /// Gives a browser that was let in by a ticket until then.
  public func extendSignIn(_ fingerprint: Fingerprint, until expiry: Timestamp, provedAt: Timestamp) throws {
    try database.execute(
      sql: "UPDATE sign_ins SET expires_at = ?, proved_at = ? WHERE fingerprint = ? AND by_ticket = 1",
      arguments: [expiry.seconds, provedAt.seconds, fingerprint.bytes])
  }

  public func touchSignIn(_ fingerprint: Fingerprint, at now: Timestamp) throws {
    try database.execute(
      sql: "UPDATE sign_ins SET seen_at = ? WHERE fingerprint = ?",
      arguments: [now.seconds, fingerprint.bytes])
  }

  /// Signs a browser out; its web session ends with it.
  public func removeSignIn(_ fingerprint: Fingerprint, at now: Timestamp) throws {
    try endWebSession(of: fingerprint, at: now)
    try database.execute(sql: "DELETE FROM sign_ins WHERE fingerprint = ?", arguments: [fingerprint.bytes])
  }

  /// Signs all browsers of a member out; their web sessions end with them.
  public func removeSignIns(of account: Account.ID, at now: Timestamp) throws {
    try endWebSessions(of: account, at: now)
    try database.execute(sql: "DELETE FROM sign_ins WHERE account = ?", arguments: [account])
  }

  public func removeExpiredSignIns(at now: Timestamp) throws {
    try endExpiredWebSessions(at: now)
    try database.execute(sql: "DELETE FROM sign_ins WHERE expires_at <= ?", arguments: [now.seconds])
    try database.execute(sql: "DELETE FROM sign_in_attempts WHERE expires_at <= ?", arguments: [now.seconds])
  }
}

extension PendingSignIn {
  init(row: Row) {
    self.init(
      state: Fingerprint(bytes: row["state"]), browser: Fingerprint(bytes: row["browser"]),
      sealed: row["sealed"],
      expectedAccount: row["expected_account"], returnTo: row["return_to"],
      expiresAt: Timestamp(seconds: row["expires_at"]))
  }
}

extension SignIn {
  init(row: Row) {
    self.init(
      fingerprint: Fingerprint(bytes: row["fingerprint"]), account: row["account"],
      createdAt: Timestamp(seconds: row["created_at"]), seenAt: Timestamp(seconds: row["seen_at"]),
      provedAt: Timestamp(seconds: row["proved_at"]), expiresAt: Timestamp(seconds: row["expires_at"]),
      browser: row["browser"], isByTicket: row["by_ticket"])
  }
}

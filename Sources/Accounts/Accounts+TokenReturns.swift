// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import HomeServer
import Logging
import Storage

/// A token that we do not need any more is revoked at the home server (RFC 7009), and not only forgotten: when the
/// account is deleted here, when another token takes its place, and when a sign-in is refused after the home server
/// had given one out.
///
/// In the same transaction that takes it out of use it is noted as to be given back; the note goes only when the home
/// server has answered. So it is done at least once, whatever crashes or is down; revoking twice is harmless.
///
/// Signing out, even everywhere, gives nothing back: the token was never in a browser, and it is how a frozen member
/// is noticed while the devices stay.
extension Accounts {
  /// How long it is tried, in seconds: then the home server is gone, or cannot.
  static let tokenReturnLife: Int64 = 7 * 86_400

  /// How long to wait after so many vain attempts, in seconds: a minute, then twice as long each time, six hours at
  /// most.
  static func tokenReturnPause(after attempts: Int) -> Int64 { min(60 << min(attempts, 9), 6 * 3_600) }

  /// Takes the member's token out of use.
  func retireToken(of account: Account, _ writer: LedgerWriter) throws {
    if let token = storedToken(of: account.id, writer.reader) {
      try giveBack(token, of: account, writer)
    }
    try writer.removeToken(of: account.id)
  }

  /// Keeps the token that the home server gave out for this member; one before it, if it was another, is given back.
  func keepToken(_ token: AccessToken, of account: Account, _ writer: LedgerWriter) throws {
    if let old = storedToken(of: account.id, writer.reader), old.secret != token.secret {
      try giveBack(old, of: account, writer)
    }
    try writer.setToken(
      token.stored, fingerprint: Fingerprint(of: token.secret), of: account.id, key: key, random: random,
      now: clock())
  }

  /// The token that is kept of a member, if there is one.
  func keptToken(of id: Account.ID) async throws -> AccessToken? {
    try await ledger.read { [key] in try $0.token(of: id, key: key) }.map { try AccessToken(stored: $0) }
  }

  /// Takes a token that serves for a while only: it is given back then, or as soon as it has served.
  func lend(_ token: AccessToken, of account: Account, until: Timestamp, _ writer: LedgerWriter) throws {
    try giveBack(token, of: account, due: until, writer)
  }

  /// Gives back the token of a sign-in that came to nothing, unless an account has the same one.
  func giveBackUnused(_ token: AccessToken) async {
    do {
      try await ledger.write { try giveBack(token, of: nil, $0) }
    } catch {
      log.error("token not noted as to be given back", metadata: ["cause": "\(error)"])
    }
  }

  private func giveBack(
    _ token: AccessToken, of account: Account?, due: Timestamp? = nil, _ writer: LedgerWriter
  ) throws {
    try writer.addTokenReturn(
      token.stored, fingerprint: Fingerprint(of: token.secret), account: account?.handle.description,
      key: key, random: random, now: clock(), due: due)
  }

  /// What does not open with our key can be given back by nobody, and must not stand in the way of a deletion.
  private func storedToken(of account: Account.ID, _ reader: LedgerReader) -> AccessToken? {
    do {
      return try reader.token(of: account, key: key).map(AccessToken.init(stored:))
    } catch {
      log.warning("token cannot be read, so not given back either", metadata: ["cause": "\(error)"])
      return nil
    }
  }

  /// Revokes the tokens whose time has come.
  func returnTokens(limit: Int = 20) async throws {
    let homeServer = try requireHomeServer()
    let now = clock()
    for entry in try await ledger.read({ try $0.tokenReturns(due: now, limit: limit) }) {
      if try await ledger.read({ try $0.isTokenInUse(entry.fingerprint) }) {
        try await ledger.write { try $0.removeTokenReturn(entry.fingerprint) }
        continue
      }
      let failure = try await giveBack(entry, homeServer)
      let isOver = failure == nil || clock() - entry.since >= Self.tokenReturnLife
      if let failure, isOver {
        log.warning("token not given back, given up", metadata: ["cause": "\(failure)"])
      }
      let action = failure == nil ? "token.returned" : "token.not-returned"
      try await ledger.write { writer in
        guard isOver else {
          return try writer.postponeTokenReturn(
            entry.fingerprint, until: clock() + Self.tokenReturnPause(after: entry.attempts))
        }
        try writer.removeTokenReturn(entry.fingerprint)
        guard let account = entry.account else { return }
        try writer.record(
          AuditEntry(at: clock(), actor: Author.trunkline.rawValue, action: action, account: account))
      }
    }
  }

  /// - Returns: why it is not done; `nil` once the token is dead.
  private func giveBack(
    _ entry: TokenReturn, _ homeServer: HomeServerAccess
  ) async throws -> (any Error)? {
    do {
      let token = try await AccessToken(stored: ledger.read { [key] in try $0.open(entry, key: key) })
      return try await homeServer.giveBack(token)
    } catch let error as CancellationError {
      throw error
    } catch {
      return error
    }
  }
}

extension AccessToken {
  /// As the ledger keeps it, encrypted.
  var stored: Secret {
    get throws { Secret(String(decoding: try JSONEncoder().encode(self), as: UTF8.self)) }
  }

  init(stored: Secret) throws {
    self = try JSONDecoder().decode(AccessToken.self, from: Data(stored.reveal().utf8))
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
public import Directory
public import Foundation
import HomeServer
import Logging
import Storage

extension Accounts {
  /// Asks the home server how a member stands, and acts on it. Silence and outages change nothing.
  @discardableResult
  public func recheck(_ account: Account, urgent: Bool = false) async throws -> Standing {
    try await askStanding(of: account, urgent: urgent).standing
  }

  /// The same, and what the home server said.
  func askStanding(
    of account: Account, urgent: Bool
  ) async throws -> (standing: Standing, verdict: StandingVerdict) {
    let homeServer = try requireHomeServer()
    // Without discovery we cannot read a refused token right; then it must mean the least.
    let refusalIsRevocation =
      (try? await homeServer.discovery())?.capabilities.contains(.tellsSuspensionApart) ?? true
    let question = StandingQuestion(
      id: account.identity.id, username: account.name.text, refusalIsRevocation: refusalIsRevocation)
    let now = clock()
    try await ledger.write { try $0.noteQuestion(about: account.id, at: now) }
    let token = try await ledger.read { [key] in try $0.token(of: account.id, key: key) }
      .flatMap { try? AccessToken(stored: $0) }
    let (verdict, evidence) = await homeServer.standing(
      of: account.id, question, token: token, urgency: urgent ? .person : .background)
    let tokenIsDead = evidence.contains { $0.source == .memberToken && $0.answer == .tokenRefused }
    let settled = try await settle(account.id, standing: verdict.standing, tokenIsDead: tokenIsDead)
    return (settled, verdict)
  }

  /// Writes down what the home server said.
  ///
  /// - Parameter standing: `nil` if it said nothing.
  func settle(_ id: Account.ID, standing: Standing?, tokenIsDead: Bool) async throws -> Standing {
    let now = clock()
    let before = try await account(id)
    guard let standing, standing != before.standing else {
      return try await writeAndFollow { writer in
        var account = try requireAccount(id, writer.reader)
        if standing != nil { account.standingCheckedAt = now }
        try writer.update(account)
        if tokenIsDead { try endTrust(in: id, at: now, writer) }
        return account.standing
      }
    }
    let (settled, _) = try await commit { writer in
      var account = try requireAccount(id, writer.reader)
      account.standing = standing
      account.standingCheckedAt = now
      try writer.update(account)
      if !standing.admits { try writer.removeSignIns(of: id, at: now) }
      if tokenIsDead { try endTrust(in: id, at: now, writer) }
      try writer.post(account.name, at: now)
      try writer.record(
        AuditEntry(
          at: now, actor: Author.homeServer.rawValue, action: "account.standing",
          account: account.handle.description, detail: standing.rawValue))
      return account.standing
    }
    log.notice("standing changed", metadata: ["account": "\(before.handle)", "standing": "\(settled)"])
    return settled
  }

  /// The home server has taken the member's token back (a password reset, or the member removed the app): browsers
  /// that were signed in by it are signed out, with their web sessions. Device passwords stay; the member sees and
  /// revokes them one by one.
  private func endTrust(in id: Account.ID, at now: Timestamp, _ writer: LedgerWriter) throws {
    try writer.removeToken(of: id)
    try writer.removeSignIns(of: id, at: now)
  }

  /// Takes a webhook as a hint to ask again; nothing in it is believed.
  ///
  /// - Returns: whether it was about one of our accounts.
  /// - Throws: `HomeServerError` `signatureMissing`, `signatureWrong`, `notUnderstood`, `tooLarge`.
  public func receiveWebhook(body: Data, signature: String?) async throws -> Bool {
    guard let homeServer, let secret = homeServer.webhookSecret else {
      throw AccountsError(
        .notSetUp, cause: "Webhooks are not set up here.", remedy: "Set home_server.webhook_secret_file.")
    }
    let hint = try WebhookHint(body: body, signature: signature, secret: secret)
    guard hint.event.isAboutAccount, let subject = hint.account else { return false }
    let identity = AccountIdentity(homeServer: rules.domain, id: subject.id)
    guard let account = try await ledger.read({ try $0.account(identity) }) else { return false }
    try await recheck(account, urgent: true)
    return true
  }

  /// The accounts whose turn it is to be asked about, longest waiting first.
  func accountsToAsk(limit: Int) async throws -> [Account] {
    let before = clock() + -rules.pollInterval
    return try await ledger.read { try $0.accountsToAsk(before: before, limit: limit) }
  }
}

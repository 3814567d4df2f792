// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import HomeServer
import Storage

/// A browser whose proof was accepted.
struct ProvedBrowser: Sendable {
  let account: Account
  var signIn: SignIn
  /// New for this browser.
  var cookie: Secret?
  /// Until when it may have passwords, by what was proved.
  let expiresAt: Timestamp
  /// Whether that is later than before; else it may only use up what it has.
  let isExtended: Bool
}

extension Accounts {
  /// - Parameter agent: what the browser calls itself.
  /// - Throws: ``AccountsError`` `ticketSpent`, `signedOut`, and why an account is not admitted.
  func prove(_ proof: WebProof, agent: String) async throws -> ProvedBrowser {
    switch proof {
    case .ticket(let ticket, let cookie): try await redeem(ticket, cookie: cookie, agent: agent)
    case .session(let session): try await reprove(session)
    }
  }

  /// Lets the browser in as the member whose ticket it is. A sign-in of another member in this browser ends; one of the same
  /// member stays, since it is worth more than a ticket.
  private func redeem(_ ticket: Secret, cookie: Secret?, agent: String) async throws -> ProvedBrowser {
    let now = clock()
    let fingerprint = Fingerprint(of: ticket)
    // By itself: it is spent whatever comes of it.
    guard let id = try await ledger.write({ try $0.takeTicket(fingerprint, at: now) }) else {
      throw AccountsError.ticketSpent
    }
    let expiresAt = now + rules.webSessions.lease
    let fresh = Secret(random.base32(52))
    return try await writeAndFollow { writer in
      let account = try requireAccount(id, writer.reader)
      if let refusal = AccountsError.refusal(of: account) { throw refusal }
      let previous = cookie.map { Fingerprint(of: $0) }
      if let previous, var known = try writer.reader.signIn(previous, at: now), known.account == id {
        if known.isByTicket {
          known.provedAt = now
          known.expiresAt = expiresAt
          try writer.extendSignIn(previous, until: expiresAt, provedAt: now)
        }
        return ProvedBrowser(
          account: account, signIn: known, cookie: nil, expiresAt: min(expiresAt, known.expiresAt),
          isExtended: true)
      }
      let signIn = SignIn(
        fingerprint: Fingerprint(of: fresh), account: id, createdAt: now, seenAt: now, provedAt: now,
        expiresAt: expiresAt, browser: String(agent.prefix(200)), isByTicket: true)
      try writer.addSignIn(signIn)
      if let previous { try replace(previous, by: signIn.fingerprint, of: account, writer) }
      return ProvedBrowser(
        account: account, signIn: signIn, cookie: fresh, expiresAt: expiresAt, isExtended: true)
    }
  }

  /// Asks the home server whether the member still stands. A browser that was let in by a ticket needs another one for more
  /// time: only so a sign-out there is noticed. While the home server cannot be asked, both go on, for a day at most.
  private func reprove(_ session: Session) async throws -> ProvedBrowser {
    let (_, verdict) = try await askStanding(of: session.account, urgent: true)
    let now = clock()
    let (account, signIn) = try await ledger.read { reader in
      (try requireAccount(session.account.id, reader), try reader.signIn(session.signIn.fingerprint, at: now))
    }
    if let refusal = AccountsError.refusal(of: account) { throw refusal }
    // The answer may have ended the sign-in, as after a password reset.
    guard var signIn else { throw AccountsError.pageSignedOut }
    let until = now + rules.webSessions.lease
    let longestSilence = rules.webSessions.longestSilence
    guard signIn.isByTicket else {
      let isHeard = verdict.standing != nil || now - account.standingCheckedAt < longestSilence
      guard isHeard else { throw AccountsError.pageSignedOut }
      return ProvedBrowser(
        account: account, signIn: signIn, expiresAt: min(until, signIn.expiresAt), isExtended: true)
    }
    let goesOn = verdict.isOutage && now - signIn.provedAt < longestSilence
    if goesOn { signIn.expiresAt = min(until, signIn.provedAt + longestSilence) }
    return ProvedBrowser(account: account, signIn: signIn, expiresAt: signIn.expiresAt, isExtended: goesOn)
  }
}

extension StandingVerdict {
  /// Whether the home server could not be asked, which says nothing of the member.
  fileprivate var isOutage: Bool {
    if case .unknown(.silence(let code?)) = self { code.isOutage } else { false }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

extension SandboxWorld {
  /// How a sign-in attempt ended.
  enum SignIn: Sendable, Equatable {
    case signedIn, needsSecondFactor, refused
  }

  /// How many browsers that are not signed in are remembered.
  private static let strangersKept = 200

  /// The browser with this cookie.
  func session(_ value: String?) -> BrowserSession? {
    value.flatMap { value in sessions.first { $0.value == value } }
  }

  /// Remembers a new browser.
  mutating func openSession(entropy: SandboxEntropy, now: Date) -> BrowserSession {
    let strangers = sessions.filter { $0.member == nil }
    if strangers.count >= Self.strangersKept, let oldest = strangers.first {
      sessions.removeAll { $0.value == oldest.value }
    }
    let session = BrowserSession(value: entropy.token(), formToken: entropy.token(), createdAt: now)
    sessions.append(session)
    return session
  }

  /// Changes one browser's session in place.
  mutating func updateSession(_ value: String, _ change: (inout BrowserSession) -> Void) {
    guard let index = sessions.firstIndex(where: { $0.value == value }) else { return }
    change(&sessions[index])
  }

  /// Checks e-mail address (or, as a convenience of the sandbox, bare name) and password.
  func memberSigningIn(login: String, password: String) -> Member? {
    let wanted = login.trimmingCharacters(in: .whitespaces).lowercased()
    return members.first {
      $0.isLocal && !$0.purged && ($0.email.lowercased() == wanted || $0.name.lowercased() == wanted)
        && $0.password == password
    }
  }

  /// The first step: the password.
  mutating func signIn(
    _ session: BrowserSession, login: String, password: String, entropy: SandboxEntropy, now: Date
  ) -> (SignIn, BrowserSession) {
    guard let member = memberSigningIn(login: login, password: password) else { return (.refused, session) }
    if member.totpSecret != nil {
      updateSession(session.value) { $0.awaitingSecondFactor = member.id }
      return (.needsSecondFactor, session)
    }
    return (.signedIn, complete(session, member: member.id, entropy: entropy, now: now))
  }

  /// The second step: the code of the moment, each of which works once.
  mutating func signIn(
    _ session: BrowserSession, code: String, entropy: SandboxEntropy, now: Date
  ) -> (SignIn, BrowserSession) {
    guard let id = session.awaitingSecondFactor, let member = member(id: id),
      let step = member.totpSecret.flatMap(TOTP.init(base32:))?
        .step(of: code, now: now, after: member.totpStep)
    else { return (.refused, session) }
    update(id) { $0.totpStep = step }
    return (.signedIn, complete(session, member: id, entropy: entropy, now: now))
  }

  /// Ends a session; the page's token is gone with it.
  mutating func signOut(_ session: BrowserSession) {
    tokens.removeAll { $0.value == session.webToken }
    sessions.removeAll { $0.value == session.value }
  }

  /// Signed in: a new cookie value, so that one planted before is worth nothing, and a token for the page.
  private mutating func complete(
    _ session: BrowserSession, member: String, entropy: SandboxEntropy, now: Date
  ) -> BrowserSession {
    sessions.removeAll { $0.value == session.value }
    tokens.removeAll { $0.value == session.webToken }
    var fresh = BrowserSession(value: entropy.token(), formToken: entropy.token(), createdAt: now)
    fresh.member = member
    fresh.returnTo = session.returnTo
    if let webApp {
      fresh.webToken =
        token(
          app: webApp.id, member: member, scopes: ["read", "write", "follow"], entropy: entropy, now: now,
          reuse: false
        ).value
    }
    sessions.append(fresh)
    return fresh
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
public import Foundation
import HomeServer
public import Storage

/// A sign-in on its way: where to send the browser, and what it must bring back.
public struct SignInStart: Sendable {
  /// The home server's authorization page.
  public let url: URL
  /// For a short-lived cookie: the answer counts only in the browser that asked.
  public let browser: Secret
}

/// A sign-in that succeeded.
public struct SignedIn: Sendable {
  public let account: Account
  /// For the session cookie. Nothing else has it: the ledger keeps its fingerprint.
  public let session: Secret
  /// When the session is over, for the life of its cookie.
  public let expiresAt: Timestamp
  /// Where in the portal to go on.
  public let returnTo: String
}

/// A signed-in browser, as a request has it.
public struct Session: Sendable, Equatable {
  public let account: Account
  public let signIn: SignIn
  /// Whether the member proved who they are so recently that a device may be added.
  public let isRecent: Bool

  /// Whether the home server's page has let the browser in, for as long as it goes on doing so.
  public var isByTicket: Bool { signIn.isByTicket }
}

extension Accounts {
  /// How long the home server's answer is waited for, in seconds.
  static let attemptLife: Int64 = 900

  /// Begins a sign-in at the home server.
  ///
  /// - Parameters:
  ///   - returnTo: a path within the portal.
  ///   - again: for a member who has to prove anew who they are: the home server asks for the password even if it
  ///     knows the browser, and nobody else may come back.
  ///   - toReport: for a member who wants to report somebody to the home server's moderators, which takes a permission
  ///     that is asked for only then, beside who it is. It serves for one report, from the browser that comes back with it.
  /// - Throws: ``AccountsError`` `cannotReport`; `HomeServerError`.
  public func beginSignIn(
    returnTo: String, again: Account.ID? = nil, toReport: Bool = false
  ) async throws -> SignInStart {
    let homeServer = try requireHomeServer()
    let discovery = try await homeServer.discovery()
    let registration = try await homeServer.registration(confirming: true)
    let scopes = Scopes.needed(
      for: toReport ? [.signIn, .reporting] : HomeServerAccess.signInPurposes, offered: discovery.scopes)
    guard !toReport || registration.scopes.covers(scopes) else { throw AccountsError.cannotReport }
    let attempt = try SignInAttempt(
      registration: registration, discovery: discovery, scopes: scopes, isForced: true, random: random)
    let browser = Secret(random.base32(52))
    let sealed = try key.seal(
      Secret(String(decoding: try JSONEncoder().encode(attempt), as: UTF8.self)), context: "sign-in",
      random: random)
    let pending = PendingSignIn(
      state: Fingerprint(of: attempt.state), browser: Fingerprint(of: browser), sealed: sealed,
      expectedAccount: again, returnTo: Self.path(within: returnTo), expiresAt: clock() + Self.attemptLife)
    try await ledger.write { try $0.addAttempt(pending) }
    return SignInStart(url: attempt.authorizationURL(registration, discovery), browser: browser)
  }

  /// Ends a sign-in with what the browser brought back from the home server.
  ///
  /// The attempt is over whatever comes of it. The account is made at the first sign-in.
  ///
  /// - Parameters:
  ///   - query: the callback's query as it came.
  ///   - browser: the short-lived cookie.
  ///   - agent: what the browser calls itself.
  ///   - previous: the session that this one replaces, if there is one.
  /// - Throws: ``AccountsError`` `signInUnknown`, `otherMember`, `nameTaken`, `keptOut`, `disabledHere`,
  ///   `beingDeleted`;
  ///   `HomeServerError`.
  public func finishSignIn(
    query: String, browser: Secret?, agent: String, previous: Secret?
  ) async throws -> SignedIn {
    let homeServer = try requireHomeServer()
    let now = clock()
    guard let browser, let state = Self.state(in: query),
      let pending = try await ledger.write({ try $0.takeAttempt(Fingerprint(of: state), at: now) }),
      constantTimeEqual(pending.browser.bytes, Fingerprint(of: browser).bytes)
    else { throw AccountsError.signInUnknown }
    let attempt = try JSONDecoder().decode(
      SignInAttempt.self, from: Data(try key.open(pending.sealed, context: "sign-in").reveal().utf8))
    let token: AccessToken
    let discovery: Discovery
    do {
      let code = try attempt.code(fromCallback: query)
      discovery = try await homeServer.discovery()
      let registration = try await homeServer.registration()
      token = try await homeServer.client.exchange(code, of: attempt, registration, discovery)
    } catch let error as HomeServerError {
      if error.code == .registrationInvalid { try await homeServer.forgetRegistration() }
      throw error
    }
    let session = Secret(random.base32(52))
    let expiresAt = now + rules.signInLife
    let account: Account
    let isToReport = attempt.scopes.covers(Scopes.needed(for: .reporting, offered: discovery.scopes))
    let permittedUntil = now + Self.reportPermissionLife
    do {
      let home = try await homeServer.client.identity(token, discovery)
      account = try await admit(home, expected: pending.expectedAccount) { writer, account in
        if isToReport {
          try lend(token, of: account, until: permittedUntil, writer)
        } else {
          try keepToken(token, of: account, writer)
        }
        try writer.addSignIn(
          SignIn(
            fingerprint: Fingerprint(of: session), account: account.id, createdAt: now, seenAt: now,
            provedAt: now,
            expiresAt: expiresAt, browser: String(agent.prefix(200))))
        if let previous {
          try replace(Fingerprint(of: previous), by: Fingerprint(of: session), of: account, writer)
        }
      }
    } catch {
      await giveBackUnused(token)
      throw error
    }
    if isToReport {
      await homeServer.reportPermissions.grant(
        token, to: Fingerprint(of: session), until: permittedUntil, at: now)
    }
    await beginRelations(of: account.id, unlessAskedWithin: 0)
    return SignedIn(
      account: account, session: session, expiresAt: expiresAt, returnTo: pending.returnTo)
  }

  /// Who this cookie belongs to; `nil` if nobody, or nobody who may be here.
  public func session(_ cookie: Secret) async throws -> Session? {
    let now = clock()
    let found = try await ledger.read { reader -> (SignIn, Account)? in
      guard let signIn = try reader.signIn(Fingerprint(of: cookie), at: now),
        let account = try reader.account(signIn.account)
      else { return nil }
      return (signIn, account)
    }
    guard let (signIn, account) = found, account.isAdmitted else { return nil }
    if now - signIn.seenAt > 300 {
      try await ledger.write { try $0.touchSignIn(signIn.fingerprint, at: now) }
    }
    return session(of: account, signIn, at: now)
  }

  /// Signs this browser out. Its web session ends; devices stay.
  /// - Throws: ``AccountsError`` `notYetInForce` if an engine may still let its web session in.
  public func signOut(_ cookie: Secret) async throws {
    let now = clock()
    try await writeAndFollow { try $0.removeSignIn(Fingerprint(of: cookie), at: now) }
  }

  /// The same browser has signed in again: what was open in it for the same member goes on.
  func replace(
    _ old: Fingerprint, by new: Fingerprint, of account: Account, _ writer: LedgerWriter
  ) throws {
    if try writer.reader.webSession(of: old)?.account == account.id {
      try writer.moveWebSession(from: old, to: new)
    }
    try writer.removeSignIn(old, at: clock())
  }

  /// A ticket is no proof of a password, so who came by one has never signed in recently.
  func session(of account: Account, _ signIn: SignIn, at now: Timestamp) -> Session {
    Session(
      account: account, signIn: signIn,
      isRecent: !signIn.isByTicket && now - signIn.provedAt <= rules.recentSignIn)
  }

  /// Signs out every browser of the member, and ends its web session. Devices stay.
  /// - Throws: ``AccountsError`` `notYetInForce` if an engine may still let a web session in.
  public func signOutEverywhere(_ id: Account.ID, by author: Author) async throws {
    let now = clock()
    try await writeAndFollow { writer in
      let account = try requireAccount(id, writer.reader)
      try writer.removeSignIns(of: id, at: now)
      try writer.record(
        AuditEntry(
          at: now, actor: author.rawValue, action: "account.signed-out", account: account.handle.description))
    }
  }

  /// The member's CSRF token: only this server can make it, and only for this session.
  public func csrfToken(for session: Session) -> String {
    key.code(for: session.signIn.fingerprint.bytes.base64EncodedString(), context: "csrf")
      .base64EncodedString()
  }

  public func isCSRFToken(_ token: String, for session: Session) -> Bool {
    guard let code = Data(base64Encoded: token) else { return false }
    return key.isCode(code, for: session.signIn.fingerprint.bytes.base64EncodedString(), context: "csrf")
  }

  /// A path of the portal, or its root for anything else: a sign-in must not end on another site.
  static func path(within text: String) -> String {
    let isPath =
      text.hasPrefix("/") && !text.hasPrefix("//") && !text.hasPrefix("/\\") && text.utf8.count <= 500
    let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
    return isPath && isPlain ? text : "/"
  }

  /// The one `state` of a query.
  static func state(in query: String) -> Secret? {
    guard query.utf8.count <= 8_000 else { return nil }
    let values = URLComponents(string: "?" + query)?.queryItems?.filter { $0.name == "state" } ?? []
    guard values.count == 1, let value = values[0].value, !value.isEmpty else { return nil }
    return Secret(value)
  }

  func requireHomeServer() throws -> HomeServerAccess {
    guard let homeServer else {
      throw AccountsError(
        .notSetUp, cause: "This command does not speak to the home server.", remedy: "The daemon does.")
    }
    return homeServer
  }
}

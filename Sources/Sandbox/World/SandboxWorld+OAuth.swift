// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

extension SandboxWorld {
  /// Registers a client.
  mutating func register(
    name: String, website: String?, redirectURIs: [String], scopes: [String], entropy: SandboxEntropy
  ) -> RegisteredApp {
    let app = RegisteredApp(
      id: String(nextID()), clientID: entropy.token(), secret: entropy.token(), name: name, website: website,
      redirectURIs: redirectURIs, scopes: scopes)
    apps.append(app)
    return app
  }

  /// Forgets all apps but the page's own, with their codes and tokens, as Mastodon does with those that nobody used.
  mutating func forgetApps() {
    apps.removeAll { !$0.isWebApp }
    let left = Set(apps.map(\.id))
    codes.removeAll { !left.contains($0.app) }
    tokens.removeAll { !left.contains($0.app) }
  }

  /// A live token of this member for this app with exactly these scopes; Mastodon then asks nothing and hands
  /// it out again.
  func reusableToken(app: String, member: String?, scopes: [String]) -> AccessToken? {
    tokens.last { $0.app == app && $0.member == member && !$0.revoked && Set($0.scopes) == Set(scopes) }
  }

  /// Makes a code for a member who consented.
  mutating func grant(
    _ request: AuthorizationRequest, to member: String, entropy: SandboxEntropy, now: Date
  ) -> AuthorizationCode {
    let code = AuthorizationCode(
      value: entropy.token(), app: request.app.id, member: member, redirectURI: request.redirectURI,
      scopes: request.scopes, challenge: request.challenge, createdAt: now)
    codes.removeAll { now.timeIntervalSince($0.createdAt) > 10 * AuthorizationCode.lifetime }
    codes.append(code)
    if let index = apps.firstIndex(where: { $0.id == request.app.id }) { apps[index].lastMember = member }
    return code
  }

  /// Answers the token endpoint.
  /// - Parameter other: whose token to give for a code, when members are mixed up on purpose.
  /// - Throws: ``OAuthFault``.
  mutating func issueToken(
    _ fields: Fields, basic: (id: String, secret: String)?, mixedUpWith other: String? = nil,
    entropy: SandboxEntropy, now: Date
  ) throws -> AccessToken {
    guard let grantType = fields.filled("grant_type") else { throw OAuthFault.missing("grant_type") }
    switch grantType {
    case "authorization_code":
      return try redeem(fields, basic: basic, mixedUpWith: other, entropy: entropy, now: now)
    case "client_credentials":
      let app = try authenticatedApp(fields, basic: basic)
      let scopes = fields.filled("scope").map(OAuthRules.split) ?? OAuthRules.defaultScopes
      guard !scopes.isEmpty, Set(scopes).isSubset(of: app.scopes) else { throw OAuthFault.invalidScope }
      return token(app: app.id, member: nil, scopes: scopes, entropy: entropy, now: now)
    default:
      throw OAuthFault.unsupportedGrant
    }
  }

  /// Revokes a token that belongs to the client that asks; an unknown one is nothing to complain about
  /// (RFC 7009, section 2.2).
  /// - Throws: ``OAuthFault``.
  mutating func revoke(_ fields: Fields, basic: (id: String, secret: String)?) throws {
    let app = try? authenticatedApp(fields, basic: basic)
    guard let value = fields.filled("token"), let index = tokens.firstIndex(where: { $0.value == value })
    else {
      guard app != nil else { throw OAuthFault.notYourToken }
      return
    }
    guard tokens[index].app == app?.id else { throw OAuthFault.notYourToken }
    tokens[index].revoked = true
  }

  /// Gives a token, the same one again where one is live.
  mutating func token(
    app: String, member: String?, scopes: [String], entropy: SandboxEntropy, now: Date, reuse: Bool = true
  ) -> AccessToken {
    if reuse, let token = reusableToken(app: app, member: member, scopes: scopes) { return token }
    let token = AccessToken(
      value: entropy.token(), app: app, member: member, scopes: scopes, createdAt: now)
    tokens.append(token)
    return token
  }

  private mutating func redeem(
    _ fields: Fields, basic: (id: String, secret: String)?, mixedUpWith other: String?,
    entropy: SandboxEntropy, now: Date
  ) throws -> AccessToken {
    guard let value = fields.filled("code") else { throw OAuthFault.missing("code") }
    let index = codes.firstIndex { $0.value == value }
    let redirectURI = fields.filled("redirect_uri")
    let verifier = fields.filled("code_verifier")
    let strict = software == .mastodon
    if strict, let index, codes[index].challenge != nil, verifier == nil {
      throw OAuthFault.missing("code_verifier")
    }
    guard let redirectURI else { throw OAuthFault.missing("redirect_uri") }
    let app = try authenticatedApp(fields, basic: basic)
    guard let index, codes[index].app == app.id,
      now.timeIntervalSince(codes[index].createdAt) <= AuthorizationCode.lifetime,
      !codes[index].used || software == .snac,
      OAuthRules.redirect(redirectURI, matches: [codes[index].redirectURI])
    else { throw OAuthFault.invalidGrant }
    if strict, let verifier {
      // A verifier without a challenge is refused, too: the request was changed on its way.
      guard let challenge = codes[index].challenge, OAuthRules.challenge(of: verifier) == challenge else {
        throw OAuthFault.invalidGrant
      }
    }
    codes[index].used = true
    // snac keeps the member on the app: who signed in last is who the token is for.
    let member = software == .snac ? app.lastMember ?? codes[index].member : codes[index].member
    return token(
      app: app.id, member: other ?? member, scopes: codes[index].scopes, entropy: entropy, now: now)
  }

  private func authenticatedApp(
    _ fields: Fields, basic: (id: String, secret: String)?
  ) throws -> RegisteredApp {
    guard let id = basic?.id ?? fields["client_id"], let secret = basic?.secret ?? fields["client_secret"],
      let app = app(clientID: id), app.secret == secret
    else { throw OAuthFault.invalidClient }
    return app
  }
}

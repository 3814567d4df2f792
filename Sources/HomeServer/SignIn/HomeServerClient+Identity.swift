// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation

extension HomeServerClient {
  /// Who the token stands for: the home server's own account, checked.
  ///
  /// The id comes from `verify_credentials`, which every server has. Where userinfo can be asked too, both
  /// must name the same member, or the server mixes its members up.
  /// - Throws: `tokenRevoked`, `loginDisabled`, `loginPending`, `wrongScope`, `appOnlyToken`, `notLocal`,
  ///   `nameRefused`,
  ///   `mixedUp`, or an outage.
  public func identity(
    _ token: AccessToken, _ discovery: Discovery
  ) async throws(HomeServerError) -> HomeAccount {
    let account = try await credentials(token, .person)
    guard !account.isSuspended else {
      throw HomeServerError(
        .loginDisabled, cause: "The home server says that this account is suspended.",
        remedy: "Ask the home server's moderators.")
    }
    guard account.movedTo == nil else {
      throw HomeServerError(
        .loginDisabled, cause: "The home server says that this account has moved elsewhere.",
        remedy: "Sign in where it lives now, or take the move back on the home server.")
    }
    guard discovery.capabilities.contains(.userinfo), token.scopes.names.contains("profile"),
      let endpoint = discovery.endpoints.userinfo
    else { return account }
    let info = try await ask(UserInfo.self, .get("userinfo", endpoint, token: token.secret))
    let sameServer = info.iss == nil || info.iss == discovery.issuer
    let sameActor = account.actorURI == nil || info.sub == account.actorURI
    let sameName = info.preferredUsername.map { $0.lowercased() == account.name.text } ?? true
    guard sameServer, sameActor, sameName else {
      throw HomeServerError(
        .mixedUp, cause: "The home server gives two different answers to who signed in.",
        remedy: "Sign in again; tell the admin if it happens again.")
    }
    return account
  }

  func credentials(_ token: AccessToken, _ urgency: Urgency) async throws(HomeServerError) -> HomeAccount {
    let wire = try await ask(AccountWire.self, whoAmI(token, urgency))
    return try HomeAccount(wire, at: address)
  }

  /// Whom the token stands for. Why a login does not work is told in words, which newer Mastodons translate into the
  /// member's language: they are asked for in English.
  func whoAmI(_ token: AccessToken, _ urgency: Urgency) -> HomeRequest {
    .get(
      "verify_credentials", origin.url("/api/v1/accounts/verify_credentials", query: [("lang", "en")]),
      token: token.secret, urgency: urgency)
  }
}

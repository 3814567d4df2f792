// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
import Foundation

extension HomeServerClient {
  /// Trades the code of a callback for a token (RFC 6749, section 4.1.3, with RFC 7636).
  ///
  /// Sent once: a code serves once, so an answer that got lost means to sign in again.
  /// - Throws: `codeRefused`, `registrationInvalid`, `wrongScope` if the member allowed less than was asked
  ///   for, or an
  ///   outage.
  public func exchange(
    _ code: Secret, of attempt: SignInAttempt, _ registration: Registration, _ discovery: Discovery
  ) async throws(HomeServerError) -> AccessToken {
    try check(registration)
    let answer = try await ask(
      TokenAnswer.self,
      .post(
        "token", discovery.endpoints.token,
        form: [
          FormField("grant_type", "authorization_code"), FormField("code", code),
          FormField("redirect_uri", attempt.redirectURI), FormField("client_id", registration.clientID),
          FormField("client_secret", registration.clientSecret),
          FormField("code_verifier", attempt.proofKey.verifier),
        ]))
    guard answer.tokenType.lowercased() == "bearer", Self.isToken(answer.accessToken) else {
      throw HomeServerError(
        .notUnderstood, cause: "The home server answered the sign-in with a token that cannot be used.",
        remedy: "Tell us its software and version.")
    }
    // No scope in the answer means: as asked (RFC 6749, section 5.1).
    let granted = answer.scope.map(Scopes.init(text:)) ?? attempt.scopes
    guard granted.covers(attempt.scopes) else {
      throw HomeServerError(
        .wrongScope, cause: "The home server allowed less than this sign-in needs.",
        remedy: "Sign in again and allow what is asked for.")
    }
    return AccessToken(Secret(answer.accessToken), scopes: granted)
  }

  /// Gives a token back (RFC 7009). A token that is not known any more counts as done.
  ///
  /// Careful: where the server hands out the same token again (Mastodon does), **revoking one ends all**
  /// sessions and all checks that use it. Call it when the account is deleted here, not when one browser
  /// signs out.
  /// - Returns: `false` if the server cannot do it.
  @discardableResult
  public func revoke(
    _ token: AccessToken, _ registration: Registration, _ discovery: Discovery
  ) async throws(HomeServerError) -> Bool {
    try check(registration)
    guard let endpoint = discovery.endpoints.revocation else { return false }
    let request = HomeRequest.post(
      "revocation", endpoint,
      form: [
        FormField("token", token.secret), FormField("token_type_hint", "access_token"),
        FormField("client_id", registration.clientID), FormField("client_secret", registration.clientSecret),
      ])
    do throws(HomeServerError) { _ = try await askReply(request) } catch {
      if error.status == 404 || error.status == 405 || error.status == 501 { return false }
      throw error
    }
    return true
  }

  /// A registration holds a secret of ours with one server; no other may see it.
  private func check(_ registration: Registration) throws(HomeServerError) {
    guard registration.home == address.baseURL else {
      throw HomeServerError(
        .mixedUp, cause: "The kept registration belongs to another home server.",
        remedy: "Register the app anew.")
    }
  }

  /// RFC 6750's characters; anything else would break the header it goes into.
  private static func isToken(_ text: String) -> Bool {
    (1...4_000).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// Reads an answer that is not a success: what the status and Mastodon's texts mean.
///
/// The texts are English in Mastodon up to 4.6 and its kin; newer ones translate them, unless they are asked for in
/// English (``HomeServerClient/whoAmI(_:_:)``). 403 alone says nothing: it is the status of a disabled login, of one
/// that is not approved yet, and of a token without the scope.
enum Refusal {
  private struct Body: Decodable {
    let error: String?
    let errorDescription: String?
  }

  /// - Parameter hadToken: whether a bearer token was sent.
  static func error(_ reply: HomeReply, for purpose: String, hadToken: Bool) -> HomeServerError {
    let body = reply.isJSON ? try? JSONDecoder.mastodon.decode(Body.self, from: reply.body) : nil
    let code = body?.error ?? ""
    let text = "\(code) \(body?.errorDescription ?? "")".lowercased()
    let status = reply.status
    func make(_ code: HomeServerError.Code, _ cause: String, _ remedy: String) -> HomeServerError {
      HomeServerError(code, cause: cause, remedy: remedy, status: status)
    }

    switch status {
    case 429:
      let wait = reply.limit.retryAfter ?? reply.limit.resetIn ?? 60
      let limited = Pacer.limited(retryAfter: .seconds(max(1, wait)))
      return HomeServerError(
        .rateLimited, cause: limited.cause, remedy: limited.remedy, status: 429,
        retryAfter: limited.retryAfter)
    case 500...599:
      return HomeServerError(
        .serverFailed, cause: "The home server is not in order (\(purpose), status \(status)).",
        remedy: "Try again later.", status: status, retryAfter: reply.limit.retryAfter.map { .seconds($0) })
    case 400 where code == "invalid_grant":
      return make(
        .codeRefused, "The home server does not accept the sign-in code; it may have expired or been used.",
        "Sign in again.")
    case 400 where code == "invalid_scope", 422 where code == "invalid_scope":
      return make(
        .wrongScope, "The home server does not know a permission that was asked for.",
        "Tell us its software and version.")
    case 400 where code == "invalid_client", 401 where code == "invalid_client",
      403 where code == "unauthorized_client" || code == "invalid_client":
      return make(
        .registrationInvalid, "The home server no longer knows this app.",
        "Register it anew and sign in again.")
    case 401 where hadToken:
      return make(.tokenRevoked, "The home server no longer accepts the member's access.", "Sign in again.")
    case 401:
      return make(
        .tokenNeeded, "The home server shows this to signed-in members only.",
        "Ask with a member's or admin's token.")
    case 403 where text.contains("login is currently disabled"):
      return make(
        .loginDisabled, "The home server says that this login is disabled.",
        "Ask the home server's moderators.")
    case 403
    where text.contains("pending approval") || text.contains("confirmed e-mail")
      || text.contains("confirmed email"):
      return make(
        .loginPending, "The home server says that this account is not approved or confirmed yet.",
        "Confirm the e-mail address, or wait for the moderators, then sign in again.")
    case 403 where text.contains("outside the authorized scopes") || text.contains("insufficient_scope"):
      return make(
        .wrongScope, "The access that was given does not include this.",
        "Sign in again and allow what is asked for.")
    case 422 where hadToken && text.contains("requires an authenticated user"):
      return make(.appOnlyToken, "This token stands for an app and not for a member.", "Sign in as a member.")
    case 404 where body?.error != nil, 410 where body?.error != nil:
      return make(.notFound, "The home server does not know this (\(purpose)).", "Check the name or number.")
    default:
      return make(
        .refused, "The home server refused the request (\(purpose), status \(status)).",
        "Check its version, and that nothing stands between it and Trunkline.")
    }
  }
}

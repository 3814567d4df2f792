// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import HTTPTypes
import Hummingbird

/// Stands before every handler and lets through who may do what the route is for.
struct Gate: Sendable {
  /// Where a write shows the session's CSRF token.
  enum TokenPlace: Sendable { case form, header }

  let accounts: Accounts
  /// Ours, as a browser writes it.
  let origin: String
  /// The home server's, likewise.
  let homeOrigin: String
  /// For actions that cost more than others, or could be used for guessing: how often one address may do them.
  let limits: [Action: RateLimiter]

  /// - Parameter limit: how long a form may be, in bytes; `nil` for what is enough for most.
  /// - Throws: ``PortalError``.
  func admit(
    _ request: Request, _ context: PortalContext, to action: Action, token place: TokenPlace,
    upTo limit: Int? = nil
  ) async throws -> Visit {
    if let failure = context.sessionFailure { throw failure }
    if let wait = limits[action]?.take(ClientAddress.limitKey(context.clientAddress)) {
      throw PortalError(.tooMany, retryAfter: wait)
    }
    var visitor = Visitor(request, context, origin: origin, home: homeOrigin)
    // Before the body is read: whoever cannot be helped by the token in it.
    var best = visitor
    best.showsToken = true
    if best.signIn != .none { best.signIn = .recent }
    if let kind = action.refusal(of: best) { throw PortalError(kind) }
    var form = Form()
    if visitor.writes, place == .form { form = try await Form(request, upTo: limit ?? context.maxUploadSize) }
    visitor.showsToken = isToken(place == .form ? form["csrf"] : request.headers[.csrfToken], context)
    if let kind = action.refusal(of: visitor) { throw PortalError(kind) }
    return Visit(request: request, context: context, form: form, visitor: visitor)
  }

  private func isToken(_ token: String?, _ context: PortalContext) -> Bool {
    guard let token, let session = context.session else { return false }
    return accounts.isCSRFToken(token, for: session)
  }
}

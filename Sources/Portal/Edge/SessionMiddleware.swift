// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import HTTPTypes
import Hummingbird

/// Finds out who is signed in. It stands outside ``ErrorEdge``, so that error pages know it too; what goes wrong here is
/// thrown further in.
struct SessionMiddleware: RouterMiddleware {
  let accounts: Accounts
  let cookies: SessionCookie

  func handle(
    _ request: Request, context: PortalContext, next: (Request, PortalContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    if let cookie = cookies.session(in: request) {
      do { context.session = try await accounts.session(cookie) } catch { context.sessionFailure = error }
    }
    return try await next(request, context)
  }
}

/// Refuses writes that other sites' pages make in a member's name.
///
/// A write needs (1) a browser that says it comes from this origin, where it says anything, and (2) the session's CSRF
/// token, in the form or in the `X-CSRF-Token` header, which ``WriteGuard`` checks once the form is read.
struct OriginCheck: RouterMiddleware {
  let origin: String
  /// Paths that programs post to, which prove themselves otherwise.
  let exempt: Set<String>

  func handle(
    _ request: Request, context: PortalContext, next: (Request, PortalContext) async throws -> Response
  ) async throws -> Response {
    if let failure = context.sessionFailure { throw failure }
    let isWrite = request.method != .get && request.method != .head
    if isWrite, !exempt.contains(request.uri.path) {
      if let given = request.headers[.origin], given != origin { throw PortalError(.formExpired) }
      if let site = request.headers[.fetchSite], site != "same-origin", site != "none" {
        throw PortalError(.formExpired)
      }
      // A browser sends at least one of them with every form; who sends neither shows the token anyway.
    }
    return try await next(request, context)
  }
}

/// What a handler calls before it changes anything.
struct WriteGuard: Sendable {
  let accounts: Accounts

  /// The session of a request that may write.
  /// - Throws: ``PortalError`` `signedOut` or `formExpired`.
  func session(_ context: PortalContext, token: String?) throws -> Session {
    guard let session = context.session else { throw PortalError(.signedOut) }
    guard let token, accounts.isCSRFToken(token, for: session) else { throw PortalError(.formExpired) }
    return session
  }
}

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

// SPDX-License-Identifier: AGPL-3.0-or-later

import Hummingbird

/// Slows down who asks too often. Sign-ins have a limit of their own: each costs the home server several requests.
struct RateLimit: RouterMiddleware {
  let limiter: RateLimiter
  let signIns: RateLimiter

  func handle(
    _ request: Request, context: PortalContext, next: (Request, PortalContext) async throws -> Response
  ) async throws -> Response {
    let key = ClientAddress.limitKey(context.clientAddress)
    if let wait = limiter.take(key) { throw PortalError(.tooMany, retryAfter: wait) }
    if request.method == .post, request.uri.path == "/sign-in", let wait = signIns.take(key) {
      throw PortalError(.tooMany, retryAfter: wait)
    }
    return try await next(request, context)
  }
}

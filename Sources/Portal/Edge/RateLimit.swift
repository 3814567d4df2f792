// SPDX-License-Identifier: AGPL-3.0-or-later

import Hummingbird

/// Slows down who asks too often. What costs more has a limit of its own in ``Gate``.
struct RateLimit: RouterMiddleware {
  let limiter: RateLimiter

  func handle(
    _ request: Request, context: PortalContext, next: (Request, PortalContext) async throws -> Response
  ) async throws -> Response {
    let key = ClientAddress.limitKey(context.clientAddress)
    if let wait = limiter.take(key) { throw PortalError(.tooMany, retryAfter: wait) }
    return try await next(request, context)
  }
}

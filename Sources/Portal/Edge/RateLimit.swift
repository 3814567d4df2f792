// SPDX-License-Identifier: AGPL-3.0-or-later

import Hummingbird

/// Slows down who asks too often. What costs more has a limit of its own in ``Gate``.
struct RateLimit: RouterMiddleware {
  /// Files that lie in memory are not counted: a browser that opens the chat for the first time asks for dozens of them
  /// at once, and behind one address there may be a whole school.
  private static let free = ["/assets/", "/web/", "/embed/web/", "/embed/embed.js", "/embed/words.json"]

  let limiter: RateLimiter

  func handle(
    _ request: Request, context: PortalContext, next: (Request, PortalContext) async throws -> Response
  ) async throws -> Response {
    if Self.free.contains(where: request.uri.path.hasPrefix) { return try await next(request, context) }
    let key = ClientAddress.limitKey(context.clientAddress)
    if let wait = limiter.take(key) { throw PortalError(.tooMany, retryAfter: wait) }
    return try await next(request, context)
  }
}

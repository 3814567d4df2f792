// SPDX-License-Identifier: AGPL-3.0-or-later

import HTTPTypes
import Hummingbird

/// What every answer says to the browser: run nothing but our own files, be framed by nobody, tell no other
/// site where the member came from.
struct SecurityHeaders: RouterMiddleware {
  private let headers: HTTPFields

  init(settings: PortalSettings) {
    // A sign-in begins with a form here that redirects to the home server; browsers count that as a form action.
    let policy = [
      "default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self' data:",
      "connect-src 'self'",
      "form-action 'self' \(settings.homeServerOrigin)", "frame-ancestors 'none'", "base-uri 'none'",
      "require-trusted-types-for 'script'", "trusted-types 'none'",
    ].joined(separator: "; ")
    // With no-referrer browsers would send "Origin: null" with our own forms, and the origin check would refuse them.
    headers = [
      .contentSecurityPolicy: policy, .xContentTypeOptions: "nosniff", .frameOptions: "DENY",
      .referrerPolicy: "same-origin", .permissionsPolicy: "camera=(), microphone=(), geolocation=()",
      .openerPolicy: "same-origin", .resourcePolicy: "same-origin",
    ]
  }

  func handle(
    _ request: Request, context: PortalContext, next: (Request, PortalContext) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    // A page may have a policy of its own, and then says who may frame it; X-Frame-Options could only say the opposite.
    let isFramedElsewhere = response.headers[.contentSecurityPolicy] != nil
    for field in headers where response.headers[field.name] == nil {
      if field.name == .frameOptions, isFramedElsewhere { continue }
      response.headers[field.name] = field.value
    }
    return response
  }
}

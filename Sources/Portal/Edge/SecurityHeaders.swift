// SPDX-License-Identifier: AGPL-3.0-or-later

import HTTPTypes
import Hummingbird

/// What every answer says to the browser: run nothing but our own files, be framed by nobody, tell no other
/// site where the member came from.
struct SecurityHeaders: RouterMiddleware {
  private static let scriptsAndStyles = Set(["js", "css"].compactMap { ServedFile.types[$0] })

  private let everywhere: HTTPFields
  /// With what a browser heeds of a document alone. A script or a style is none: the document that loads it has these. Dozens of
  /// them are loaded at once, each with its headers.
  private let ofDocuments: HTTPFields

  init(settings: PortalSettings) {
    // A sign-in begins with a form here that redirects to the home server; browsers count that as a form action.
    let policy = [
      "default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self' data:",
      "connect-src 'self'",
      "form-action 'self' \(settings.homeServerOrigin)", "frame-ancestors 'none'", "base-uri 'none'",
      "require-trusted-types-for 'script'", "trusted-types 'none'",
    ].joined(separator: "; ")
    // With no-referrer browsers would send "Origin: null" with our own forms, and the origin check would refuse them.
    everywhere = [
      .xContentTypeOptions: "nosniff", .referrerPolicy: "same-origin", .resourcePolicy: "same-origin",
    ]
    let more: HTTPFields = [
      .contentSecurityPolicy: policy, .frameOptions: "DENY", .openerPolicy: "same-origin",
      .permissionsPolicy: "camera=(), microphone=(), speaker-selection=(), geolocation=()",
    ]
    ofDocuments = everywhere + more
  }

  func handle(
    _ request: Request, context: PortalContext, next: (Request, PortalContext) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    // A page may have a policy of its own, and then says who may frame it; X-Frame-Options could only say the opposite.
    let isFramedElsewhere = response.headers[.contentSecurityPolicy] != nil
    let isDocument = !Self.scriptsAndStyles.contains(response.headers[.contentType] ?? "")
    for field in isDocument ? ofDocuments : everywhere where response.headers[field.name] == nil {
      if field.name == .frameOptions, isFramedElsewhere { continue }
      response.headers[field.name] = field.value
    }
    return response
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import NIOCore

/// Gives each request a reference, finds out where it comes from, and writes one line about it. The query is left out:
/// a callback's holds a code.
struct RequestLog: RouterMiddleware {
  let trustedProxies: Set<String>
  let random: RandomBytes

  func handle(
    _ request: Request, context: PortalContext, next: (Request, PortalContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    context.reference = random.base32(8)
    context.clientAddress =
      ClientAddress.resolve(
        peer: context.remoteAddress?.ipAddress, forwarded: request.headers[values: .forwardedFor],
        trusted: trustedProxies) ?? ""
    context.isAPI = request.uri.path.hasPrefix("/api/") || request.uri.path.hasPrefix("/embed/")
    context.logger[metadataKey: "request"] = "\(context.reference)"
    let start = ContinuousClock.now
    var response = try await next(request, context)
    let took = ContinuousClock.now - start
    let milliseconds = took.components.seconds * 1_000 + took.components.attoseconds / 1_000_000_000_000_000
    let route = context.endpointPath ?? "none"
    context.logger.info(
      "request",
      metadata: [
        "method": "\(request.method)", "route": "\(route)", "status": "\(response.status.code)",
        "milliseconds": "\(milliseconds)",
      ])
    Counter(
      label: "trunkline_http_requests_total",
      dimensions: [("route", route), ("status", String(response.status.code))]
    ).increment()
    response.headers[.requestID] = context.reference
    return response
  }
}

extension HTTPField.Name {
  static let requestID = Self("X-Request-Id")!  // A valid token: RFC 9110, section 5.1.
  static let forwardedFor = Self("X-Forwarded-For")!  // Likewise.
  static let csrfToken = Self("X-CSRF-Token")!  // Likewise.
  static let fetchSite = Self("Sec-Fetch-Site")!  // Likewise.
  static let frameOptions = Self("X-Frame-Options")!  // Likewise.
  static let referrerPolicy = Self("Referrer-Policy")!  // Likewise.
  static let permissionsPolicy = Self("Permissions-Policy")!  // Likewise.
  static let openerPolicy = Self("Cross-Origin-Opener-Policy")!  // Likewise.
  static let resourcePolicy = Self("Cross-Origin-Resource-Policy")!  // Likewise.
}

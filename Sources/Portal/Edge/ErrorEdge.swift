// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Foundation
import HTTPTypes
import HomeServer
import Hummingbird
import Logging
import NIOCore

/// Where errors become words: a page for people, problem details (RFC 9457) for programs. What a module says of itself
/// goes to the log; what leaves is in the catalogue.
struct ErrorEdge: RouterMiddleware {
  let pages: PageRenderer

  func handle(
    _ request: Request, context: PortalContext, next: (Request, PortalContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch {
      let portal = PortalError(describing: error)
      let level: Logger.Level = portal.kind.status.code >= 500 ? .error : .info
      context.logger.log(
        level: level, "refused", metadata: ["kind": "\(portal.kind.name)", "cause": "\(Self.cause(error))"])
      var response = context.isAPI ? problem(portal) : page(portal, context)
      if !portal.allowed.isEmpty {
        response.headers[.allow] = portal.allowed.map(\.rawValue).joined(separator: ", ")
      }
      return response
    }
  }

  /// Errors of our modules describe themselves without secrets; of others only the type is logged.
  private static func cause(_ error: any Error) -> String {
    switch error {
    case let error as AccountsError: error.description
    case let error as HomeServerError: error.description
    default: LowerFault(error)?.description ?? "\(type(of: error))"
    }
  }

  private func page(_ error: PortalError, _ context: PortalContext) -> Response {
    let seconds = error.retryAfter ?? 60
    let wait =
      seconds < 90
      ? pages.words.text("wait.seconds", ["count": String(seconds)])
      : pages.words.text("wait.minutes", ["count": String((seconds + 59) / 60)])
    let section = "errors.\(error.kind.name)"
    let fill = pages.values(for: context.session).merging(["wait": wait]) { $1 }
    var response = pages.page(
      "error", words: section,
      [
        "can": pages.words.list("\(section).can", fill),
        "reference": pages.words.text("error.reference", ["reference": context.reference]),
      ], fill: ["wait": wait], status: error.kind.status, session: context.session)
    if let seconds = error.retryAfter { response.headers[.retryAfter] = String(seconds) }
    return response
  }

  private func problem(_ error: PortalError) -> Response {
    let section = "errors.\(error.kind.name)"
    let fill = pages.values(for: nil).merging(["wait": "a minute"]) { $1 }
    let detail = ([pages.words.text("\(section).happened", fill)] + pages.words.list("\(section).can", fill))
      .joined(separator: " ")
    let body: [String: Any] = [
      "type": "urn:trunkline:problem:\(error.kind.code)", "code": error.kind.code,
      "title": pages.words.text("\(section).title", fill), "detail": detail, "status": error.kind.status.code,
    ]
    let data = (try? JSONSerialization.data(withJSONObject: body, options: [.sortedKeys])) ?? Data()
    var response = Response(
      status: error.kind.status,
      headers: [.contentType: "application/problem+json", .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(bytes: data)))
    if let seconds = error.retryAfter { response.headers[.retryAfter] = String(seconds) }
    return response
  }
}

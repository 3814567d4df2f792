// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The portal's JSON API, version 1: what a member can do on the pages, for programs that have the browser's session.
///
/// Described by `share/portal/openapi.json`; refusals are problem details (RFC 9457). A write shows the session's
/// CSRF token in `X-CSRF-Token`, and ``OriginCheck`` has looked where it comes from.
struct API: Sendable {
  static let root = "/api/v1"
  static let documentFile = "portal/openapi.json"

  typealias Handler = @Sendable (Request, PortalContext) async throws -> Response

  let accounts: Accounts
  let writes: WriteGuard
  let cookies: SessionCookie
  private let problems: ProblemEdge
  private let document: ByteBuffer

  /// - Throws: if the OpenAPI document cannot be read.
  init(accounts: Accounts, pages: PageRenderer, writes: WriteGuard, cookies: SessionCookie) throws {
    self.accounts = accounts
    self.writes = writes
    self.cookies = cookies
    problems = ProblemEdge(words: pages.words, fill: pages.values(for: nil))
    let file = pages.settings.share.appending(path: Self.documentFile)
    document = ByteBuffer(bytes: try Data(contentsOf: file))
  }

  func add(to router: Router<PortalContext>) {
    let operations: [(path: RouterPath, method: HTTPRequest.Method, handler: Handler)] = [
      ("openapi.json", .get, describe),
      ("session", .get, showSession),
      ("devices", .get, listDevices),
      ("devices", .post, addDevice),
      ("devices/{id}", .patch, renameDevice),
      ("devices/{id}", .delete, revokeDevice),
      ("services/chat", .put, switchChat),
      ("sign-out-everywhere", .post, signOutEverywhere),
    ]
    let group = router.group(RouterPath(Self.root)).add(middleware: problems)
    for operation in operations { group.on(operation.path, method: operation.method, use: operation.handler) }
    // A known path with another method is 405 and says what there is (RFC 9110, section 15.5.6).
    for (path, siblings) in Dictionary(grouping: operations, by: \.path.description) {
      let allowed = siblings.map(\.method)
      for method in [HTTPRequest.Method.get, .put, .post, .patch, .delete] where !allowed.contains(method) {
        group.on(RouterPath(path), method: method) { _, _ -> Response in throw Self.wrongMethod(allowed) }
      }
    }
  }

  private static func wrongMethod(_ allowed: [HTTPRequest.Method]) -> APIProblem {
    let list = allowed.map(\.rawValue).sorted().joined(separator: ", ")
    return APIProblem(
      .wrongMethod, cause: "There is nothing here for this method.", remedy: "Use: \(list).",
      headers: [.allow: list])
  }

  // MARK: What every call begins with

  func reader(_ context: PortalContext) throws -> Session {
    guard let session = context.session else { throw PortalError(.signedOut) }
    return session
  }

  func writer(_ request: Request, _ context: PortalContext) throws -> Session {
    try writes.session(context, token: request.headers[.csrfToken])
  }

  // MARK: What every call ends with

  /// Nothing that is said here is kept by a cache: it is one member's, and may be a password.
  func answer(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Response(
      status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
  }

  @Sendable private func describe(_ request: Request, _ context: PortalContext) async throws -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-cache"],
      body: .init(byteBuffer: document))
  }
}

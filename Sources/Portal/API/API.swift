// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The portal's JSON API, version 1: what a member can do on the pages, for programs that have the browser's session.
///
/// Described by `share/portal/openapi.json`; refusals are problem details (RFC 9457). A write shows the session's
/// CSRF token in `X-CSRF-Token`, and says where it comes from as a browser does (``Gate``).
struct API: Sendable {
  static let root = "/api/v1"
  static let documentFile = "portal/openapi.json"

  let accounts: Accounts
  let cookies: SessionCookie
  let settings: PortalSettings
  let words: Catalogue
  private let problems: ProblemEdge
  private let document: ByteBuffer

  /// - Throws: if the OpenAPI document cannot be read.
  init(accounts: Accounts, pages: PageRenderer, cookies: SessionCookie) throws {
    self.accounts = accounts
    self.cookies = cookies
    settings = pages.settings
    words = pages.words
    problems = ProblemEdge(pages)
    let file = settings.share.appending(path: Self.documentFile)
    document = ByteBuffer(bytes: try Data(contentsOf: file))
  }

  func add(to routes: Routes) {
    func call(
      _ method: HTTPRequest.Method, _ path: String, _ action: Action, _ handler: @escaping Routes.Handler
    ) {
      routes.call(method, "\(Self.root)/\(path)", action) { visit in
        try await problems.answering(visit.context) { try await handler(visit) }
      }
    }
    call(.get, "openapi.json", .look, describe)
    call(.get, "session", .readOwn, showSession)
    call(.get, "devices", .readOwn, listDevices)
    call(.post, "devices", .addDevice, addDevice)
    call(.patch, "devices/{id}", .changeOwn, renameDevice)
    call(.delete, "devices/{id}", .changeOwn, revokeDevice)
    for service in settings.services {
      call(.put, "services/\(service.apiName)", .changeOwn) { try await switchService(service, $0) }
    }
    addPeople(call)
    if settings.calls != nil { addCalls(call) }
    addWebSession(call)
    call(.post, "sign-out-everywhere", .changeOwn, signOutEverywhere)
  }

  /// Nothing that is said here is kept by a cache: it is one member's, and may be a password.
  func answer(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
    try Self.answer(value, status: status)
  }

  static func answer(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Response(
      status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
  }

  @Sendable private func describe(_ visit: Visit) async throws -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-cache"],
      body: .init(byteBuffer: document))
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import HTTPTypes
import Hummingbird
import NIOCore

/// The page of the chat client: framed by the home server's pages, or in a tab of its own.
///
/// It is the same for everybody and shows nothing of anybody: who is signed in, its script asks.
struct ClientPage: Sendable {
  let pages: PageRenderer
  let web: WebTree

  func add(to routes: Routes) {
    web.serve(["client", "shared", "words"], at: "/web", on: routes)
    routes.page(.get, "/client", .look, use: show)
  }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let settings = pages.settings
    let facts = try JSONDocument.encode([
      "home": settings.homeServerOrigin, "words": web.path(of: "words/client.json"),
      "uploads": settings.uploadOrigin,
    ])
    guard
      let html = pages.document(
        "client", words: "client_page",
        [
          "facts": String(decoding: facts, as: UTF8.self), "style": web.path(of: "client/client.css"),
          "main": web.path(of: "client/main.js"),
          "modules": web.modules(in: ["client", "shared"]).map { web.path(of: $0) },
        ])
    else { return Response(status: .internalServerError) }
    return Response(
      status: .ok,
      headers: [
        .contentType: "text/html; charset=utf-8", .cacheControl: "no-cache", .contentSecurityPolicy: policy,
        .referrerPolicy: "no-referrer",
      ], body: .init(byteBuffer: ByteBuffer(string: html)))
  }

  /// Files of other servers are fetched from wherever they lie, when the member asks for them: hence `https:` where
  /// data and pictures come from. Scripts and styles come from here alone.
  private var policy: String {
    [
      "default-src 'none'", "script-src 'self'", "style-src 'self'",
      "connect-src 'self' \(pages.settings.origin.replacing("http", with: "ws", maxReplacements: 1)) https:",
      "img-src 'self' blob: data: https:", "media-src blob: https:", "font-src 'none'", "form-action 'none'",
      "base-uri 'none'", "frame-ancestors \(pages.settings.homeServerOrigin) 'self'",
      "require-trusted-types-for 'script'", "trusted-types 'none'",
    ].joined(separator: "; ")
  }
}

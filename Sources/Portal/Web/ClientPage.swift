// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird

/// The page of the chat client: framed by the home server's pages, or in a tab of its own.
///
/// It is the same for everybody and shows nothing of anybody: who is signed in, its script asks.
struct ClientPage: Sendable {
  private let web: WebTree
  private let page: ServedFile
  private let policy: String

  /// - Throws: if the page cannot be written.
  init(pages: PageRenderer, web: WebTree) throws {
    let settings = pages.settings
    let facts: [String: Any] = [
      "home": settings.homeServerOrigin, "words": web.path(of: "words/client.json"),
      "uploads": settings.uploadOrigin, "calls": settings.calls != nil,
    ]
    let html = try pages.document(
      "client", words: "client_page",
      [
        "facts": String(decoding: try JSONDocument.encode(facts), as: UTF8.self),
        "style": web.path(of: "client/client.css"),
        "main": web.path(of: "client/main.js"),
      ])
    self.web = web
    page = ServedFile(Data(html.utf8), type: "text/html; charset=utf-8")
    policy = Self.policy(settings)
  }

  func add(to routes: Routes) {
    web.serve(["client", "shared", "vendor", "words"], at: "/web", on: routes)
    // Each page of the home server loads it, so that it is sent only to whoever does not have it.
    routes.page(.get, "/client", .look) { visit in
      var response = page.answer(to: visit.request, keeping: .whileUnchanged)
      response.headers[.contentSecurityPolicy] = policy
      response.headers[.referrerPolicy] = "no-referrer"
      response.headers[.permissionsPolicy] = Self.permissions
      return response
    }
  }

  /// What calls need, for this page alone: in the home server's page it has them of the frame's `allow`.
  private static let permissions =
    "camera=(self), microphone=(self), speaker-selection=(self), autoplay=(self), geolocation=()"

  /// Files of other servers are fetched from wherever they lie, when the member asks for them: hence `https:` where
  /// data and pictures come from. Scripts and styles come from here alone.
  private static func policy(_ settings: PortalSettings) -> String {
    [
      "default-src 'none'", "script-src 'self'", "style-src 'self'",
      "connect-src 'self' \(settings.webSocketOrigin) https:",
      "img-src 'self' blob: data: https:", "media-src blob: https:", "font-src 'none'", "form-action 'none'",
      "base-uri 'none'", "frame-ancestors \(settings.homeServerOrigin) 'self'",
      "require-trusted-types-for 'script'", "trusted-types 'none'",
    ].joined(separator: "; ")
  }
}

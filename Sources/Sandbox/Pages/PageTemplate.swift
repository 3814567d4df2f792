// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird
import Mustache

/// The sandbox's pages; each is a file `NAME.mustache`.
enum PageTemplate: String, CaseIterable, Sendable {
  case signIn = "sign_in"
  case consent, notice, web
}

extension Sandbox {
  /// How a page may be used: pages of the sign-in may send a form on to an app's address.
  enum PolicyKind: Sendable { case web, signIn }

  /// Renders a page with Mastodon's headers.
  func page(
    _ template: PageTemplate, _ values: [String: Any], policy: PolicyKind = .signIn, status: Int = 200,
    markup: PageLook.Markup = .mastodon
  ) -> Response {
    let nonce = entropy.token(bytes: 16)
    var values = values
    values["nonce"] = nonce
    values["domain"] = settings.domain
    values["base"] = base
    values["password"] = settings.password
    guard let text = templates.render(values, withTemplate: template.rawValue) else {
      return Response(Refusal(500, "The page \(template.rawValue) is missing"))
    }
    var response = Response.html(markup.applied(to: text), status: status)
    response.headers[.contentSecurityPolicy] = policyHeader(nonce: nonce, kind: policy)
    response.headers[.cacheControl] = "private, no-store"
    for (name, value) in [
      ("Referrer-Policy", "same-origin"), ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
    ] {
      if let name = HTTPField.Name(name) { response.headers[name] = value }
    }
    return response
  }

  /// Mastodon's content-security policy, with this host as assets and streaming host.
  private func policyHeader(nonce: String, kind: PolicyKind) -> String {
    let streaming = base.replacing("http", with: "ws", maxReplacements: 1)
    var parts = [
      "base-uri 'none'", "default-src 'none'", "frame-ancestors 'none'", "font-src 'self' \(base)",
      "img-src 'self' data: blob: \(base)", "style-src 'self' \(base) 'nonce-\(nonce)'",
      "media-src 'self' data: \(base)", "frame-src 'self' https:", "manifest-src 'self' \(base)",
    ]
    // A form's redirects count as well, and those of the sign-in end at the app: Mastodon leaves it out there.
    if kind == .web { parts.append("form-action 'self'") }
    parts += [
      "child-src 'self' blob: \(base)", "worker-src 'self' blob: \(base)",
      "connect-src 'self' data: blob: \(base) \(streaming)",
      "script-src 'self' \(base) 'wasm-unsafe-eval'",
    ]
    return parts.joined(separator: "; ")
  }
}

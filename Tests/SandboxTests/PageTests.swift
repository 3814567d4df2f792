// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Sandbox

struct PageTests {
  @Test func thePageHasMastodonsAnchorsAndPolicy() async throws {
    try await Bench.open { bench async throws in
      let visitor = Visitor(bench: bench)
      try await visitor.signIn("alice")
      let page = try await visitor.send(.get, "/")
      #expect(page.status == 200)
      for anchor in [
        "class=\"app-holder\" id=\"mastodon\"", "<nav class=\"navigation-panel\"",
        "<ul class=\"navigation-panel__menu\">", "column-link column-link--transparent",
        "column-link__icon", "ui__navigation-bar__items", "columns-area__panels__main",
        "compose-form__buttons", "<script id=\"initial-state\" type=\"application/json\">",
        "data-color-scheme=", "data-contrast=",
      ] { #expect(page.text.contains(anchor), "\(anchor)") }
      let nonce = String(try #require(page.text.firstMatch(of: /name="style-nonce" content="([^"]+)"/)).1)
      let policy = try #require(page.headers[.contentSecurityPolicy])
      for part in [
        "default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
        "frame-src 'self' https:", "script-src 'self' https://social.localhost:8443 'wasm-unsafe-eval'",
        "style-src 'self' https://social.localhost:8443 'nonce-\(nonce)'",
        "connect-src 'self' data: blob: https://social.localhost:8443 wss://social.localhost:8443",
      ] { #expect(policy.split(separator: "; ").contains(Substring(part)), "\(part)") }
      #expect(!policy.contains("unsafe-inline"))
      #expect(try await visitor.send(.get, "/").headers[.contentSecurityPolicy] != policy, "a fresh nonce")
    }
  }

  @Test func thePageCanBeDrawnAsMembersChooseAndAsAnotherVersionMight() async throws {
    try await Bench.open { bench async throws in
      func page(_ look: JSON) async throws -> String {
        #expect(try await bench.control(.put, "/settings", ["page": look]).status == 200)
        return try await bench.get("/").text
      }
      #expect(
        try await page(["color_scheme": "dark", "contrast": "high"])
          .contains("data-color-scheme=\"dark\" data-contrast=\"high\""))
      let renamed = try await page(["markup": "renamed"])
      #expect(renamed.contains("data-color-scheme=\"dark\""), "what is not named stays")
      for anchor in ["class=\"navigation-panel", "class=\"column-link", "class=\"ui__navigation-bar"] {
        #expect(!renamed.contains(anchor), "\(anchor)")
      }
      #expect(renamed.contains("id=\"initial-state\"") && renamed.contains("id=\"mastodon\""))
      #expect(try await !page(["markup": "strange"]).contains("\"meta\""))
      #expect(try await page(["markup": "mastodon"]).contains("class=\"navigation-panel"))
      let refused = try await bench.send(
        .put, "/sandbox/settings", token: bench.sandbox.controlToken, json: ["page": ["markup": "no such"]])
      #expect(refused.status == 422)
    }
  }

  @Test func thePagesDataHasTheTokenOnlyWhenSignedIn() async throws {
    try await Bench.open { bench async throws in
      let stranger = try await bench.get("/")
      #expect(stranger.status == 200)
      #expect(!stranger.text.contains("\"access_token\""))
      #expect(!stranger.text.contains("\"me\""))
      let visitor = Visitor(bench: bench)
      try await visitor.signIn("alice")
      let text = try await visitor.send(.get, "/@bob").text
      let script = try #require(text.firstMatch(of: /application\/json">([^<]+)<\/script>/))
      let state = try JSONDecoder().decode(JSON.self, from: Data(script.1.utf8))
      let id = try await bench.id("alice")
      #expect(state["meta"]?["me"]?.text == id)
      #expect(state["meta"]?["domain"] == "social.localhost")
      #expect(state["accounts"]?[id]?["acct"] == "alice")
      let token = try #require(state["meta"]?["access_token"]?.text)
      #expect(try await bench.get("/oauth/userinfo", token: token).status == 403, "no scope profile")
      let app = try await bench.get("/api/v1/apps/verify_credentials", token: token)
      let web = try await bench.control(.get, "/web-app").json["id"]
      #expect(app.json["id"] == web)
    }
  }

  @Test func textOfMembersIsNeverMarkup() async throws {
    try await Bench.open { bench async throws in
      let name = "</script><b title='x'>\"&"
      try await bench.control(.post, "/members", ["name": "zoe", "display_name": .string(name)])
      let visitor = Visitor(bench: bench)
      try await visitor.signIn("zoe")
      let page = try await visitor.send(.get, "/@zoe")
      #expect(page.status == 200)
      #expect(!page.text.contains("<b title"))
      let app = try await bench.register()
      let consent = try await visitor.send(.get, Visitor.address(app, extra: [("state", "\"><script>")]))
      #expect(!consent.text.contains("\"><script>"))
    }
  }

  @Test(arguments: [
    ("/@bob", 200), ("/@bob@social.localhost", 200), ("/@nobody", 404), ("/@mallory", 403), ("/@peggy", 404),
    ("/packs/mastodon.css", 200), ("/packs/sandbox.css", 200),
    ("/packs/sandbox.js", 200), ("/avatars/original/missing.svg", 200),
    ("/auth/sign_in", 200),
  ])
  func pagesAndPicturesAreThere(_ path: String, _ status: Int) async throws {
    try await Bench.open { bench async throws in #expect(try await bench.get(path).status == status) }
  }

  @Test func whoGoesAstrayIsToldSo() async throws {
    try await Bench.open { bench async throws in
      let page = try await bench.get("/nowhere")
      #expect(page.status == 404)
      #expect(page.text.contains("isn"))
      let json = try await bench.get("/api/v1/nowhere")
      #expect(json.status == 404)
      #expect(json.error == "Not Found")
    }
  }

  @Test func formsOfTheSignInMayLeadToAnApp() async throws {
    try await Bench.open { bench async throws in
      let page = try await bench.get("/auth/sign_in")
      #expect(page.headers[.contentSecurityPolicy]?.contains("form-action") == false)
      #expect(page.text.contains(SandboxSettings.trialPassword))
      let cookie = try #require(page.headers[.setCookie])
      for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] { #expect(cookie.contains(part)) }
    }
  }
}

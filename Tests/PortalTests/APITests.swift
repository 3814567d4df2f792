// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Portal

@Suite("The API")
struct APITests {
  private static let device = #"{"name":"Phone","chat":"conversations"}"#
  private static let nobody = String(repeating: "0", count: 16)
  private static let writes: [(HTTPRequest.Method, String, String?)] = [
    (.post, "/devices", device), (.patch, "/devices/\(nobody)", #"{"name":"Tablet"}"#),
    (.delete, "/devices/\(nobody)", nil), (.put, "/services/chat", #"{"on":false}"#),
    (.put, "/services/calls", #"{"on":true}"#),
    (.post, "/contacts/preview", #"{"addresses":["bob@example.org"]}"#),
    (.post, "/contacts", #"{"addresses":["bob@example.org"]}"#), (.delete, "/contacts/batches/aaaa", nil),
    (.post, "/contacts/remove", #"{"address":"bob@example.org"}"#),
    (.post, "/contacts/answer", #"{"address":"bob@example.org","accept":true}"#),
    (.post, "/requests/answer", #"{"from":"bob@example.org","accept":true}"#),
    (.patch, "/relations", #"{"keep_access":true}"#),
    (.patch, "/privacy", #"{"presence":"contacts"}"#), (.put, "/privacy/chosen", #"{"addresses":[]}"#),
    (.post, "/sign-out-everywhere", nil),
  ]
  private static let calls: [(HTTPRequest.Method, String, String?)] =
    [
      (.get, "/session", nil), (.get, "/devices", nil), (.get, "/contacts", nil),
      (.get, "/contacts/batches/aaaa", nil), (.get, "/requests", nil), (.get, "/quiet-calls", nil),
      (.get, "/privacy", nil), (.get, "/privacy/sight", nil),
      (.get, "/people", nil), (.get, "/relations", nil),
    ] + writes

  @Test("takes a member through a device's life: add, see, rename, remove")
  func life() async throws {
    try await PortalStage.with { stage, client in
      let browser = try await stage.browser(of: stage.member(), client)
      let session = try await browser.send(.get, "/api/v1/session").json
      #expect(session["address"] as? String == "alice@example.social")
      #expect(session["display_name"] as? String == "Alice")
      #expect(session["services"] as? [String] == ["chat"])
      #expect(session["sign_in_is_recent"] as? Bool == true)
      #expect(session["csrf_token"] as? String == browser.token)

      let issued = try await browser.send(.post, "/api/v1/devices", Self.device)
      #expect(issued.status == .created)
      #expect(issued.headers[.cacheControl] == "no-store")
      let password = try #require(
        (issued.json["passwords"] as? [[String: Any]])?.first?["password"] as? String)
      let id = try #require((issued.json["device"] as? [String: Any])?["id"] as? String)
      let listed = try await browser.send(.get, "/api/v1/devices")
      #expect(listed.text.contains(id))
      #expect(!listed.text.contains(password), "shown once")

      let renamed = try await browser.send(.patch, "/api/v1/devices/\(id)", #"{"name":" Küche 🍲 "}"#)
      #expect(renamed.json["name"] as? String == "Küche 🍲")
      #expect(try await browser.send(.delete, "/api/v1/devices/\(id)").status == .ok)
      #expect(
        try await browser.send(.delete, "/api/v1/devices/\(id)").status == .ok, "once more changes nothing")
      #expect(try await browser.send(.patch, "/api/v1/devices/\(id)", #"{"name":"x"}"#).status == .notFound)
      #expect((try await browser.send(.get, "/api/v1/devices").json["devices"] as? [Any])?.isEmpty == true)
    }
  }

  @Test("gives each app of a device a password, and a link to the one that reads links")
  func calls() async throws {
    try await PortalStage.with { stage, client in
      let alice = try await stage.member(calls: true)
      let browser = try await stage.browser(of: alice, client)
      let session = try await browser.send(.get, "/api/v1/session").json
      #expect(session["services"] as? [String] == ["calls", "chat"])
      #expect(session["offered"] as? [String] == ["calls", "chat"])
      for (body, services, hasLink) in [
        (#"{"name":"Phone","chat":"monal","calls":"linphone"}"#, ["chat", "calls"], true),
        (#"{"name":"Phone","calls":"linphone"}"#, ["calls"], true),
        (#"{"name":"Phone","calls":"baresip","chat":null}"#, ["calls"], false),
        (#"{"name":"Phone","chat":"dino"}"#, ["chat"], false),
      ] {
        let issued = try await browser.send(.post, "/api/v1/devices", body).json
        let passwords = issued["passwords"] as? [[String: Any]] ?? []
        #expect(passwords.map { $0["service"] as? String } == services, "\(body)")
        #expect(Set(passwords.compactMap { $0["password"] as? String }).count == services.count, "\(body)")
        let apps = (issued["device"] as? [String: Any])?["apps"] as? [[String: Any]] ?? []
        #expect(apps.map { $0["service"] as? String } == services, "\(body)")
        let link = issued["provisioning_url"] as? String
        #expect((link != nil) == hasLink, "\(body)")
        if let link {
          #expect(link.hasPrefix(stage.settings.origin + "/provision/"))
          let path = String(link.dropFirst(stage.settings.origin.count))
          #expect(try await stage.stranger(client).send(.get, path).status == .ok)
          #expect(try await stage.stranger(client).send(.get, path).status == .notFound)
        }
      }
    }
  }

  @Test("keeps an expiry that was asked for, in any time zone, and none that was not")
  func expiry() async throws {
    try await PortalStage.with { stage, client in
      let browser = try await stage.browser(of: stage.member(), client)
      for (given, kept) in [
        (#""2028-01-01T02:00:00+02:00""#, "2028-01-01T00:00:00Z"),
        (#""2028-01-01T00:00:00Z""#, "2028-01-01T00:00:00Z"),
      ] {
        let issued = try await browser.send(
          .post, "/api/v1/devices", #"{"name":"Phone","chat":"other","expires_at":\#(given)}"#)
        #expect((issued.json["device"] as? [String: Any])?["expires_at"] as? String == kept, "\(issued.text)")
      }
      let issued = try await browser.send(
        .post, "/api/v1/devices", #"{"name":"Phone","chat":"other","expires_at":null}"#)
      #expect((issued.json["device"] as? [String: Any])?["expires_at"] is NSNull)
    }
  }

  @Test("asks for a session that exists and is not over")
  func sessions() async throws {
    try await PortalStage.with { stage, client in
      let alice = try await stage.member()
      let browser = try await stage.browser(of: alice, client)
      let odd: [PortalBrowser] = [
        stage.stranger(client), browser.but { $0.cookie = "__Host-trunkline=unknown" },
        // The name without the prefix is one that another host of the domain could set.
        browser.but { $0.cookie = $0.cookie?.replacing("__Host-", with: "") },
      ]
      for (method, path, body) in Self.calls {
        for browser in odd {
          let response = try await browser.send(method, "/api/v1" + path, body)
          #expect(response.status == .unauthorized && response.problem == "signed-out", "\(method) \(path)")
        }
      }
      stage.clock.advance(31 * 86_400)
      for (method, path, body) in Self.calls {
        #expect(try await browser.send(method, "/api/v1" + path, body).status == .unauthorized, "expired")
      }
      let again = try await stage.browser(of: alice, client)
      #expect(try await again.send(.get, "/api/v1/session").status == .ok)
      try await stage.accounts.disable(alice.id, by: .admin)
      #expect(try await again.send(.get, "/api/v1/session").status == .unauthorized, "disabled")
    }
  }

  @Test("writes nothing without the session's own token and this origin")
  func forgery() async throws {
    try await PortalStage.with { stage, client in
      let browser = try await stage.browser(of: stage.member(), client)
      let other = try await stage.browser(of: stage.member("bob"), client)
      let odd: [PortalBrowser] = [
        browser.but { $0.token = nil }, browser.but { $0.token = "" }, browser.but { $0.token = "%%%" },
        browser.but { $0.token = other.token }, browser.but { $0.token = $0.token.map { $0 + "A" } },
        browser.but { $0.origin = "https://evil.example" }, browser.but { $0.origin = "null" },
        browser.but { $0.origin = "http://chat.example.social" }, browser.but { $0.fetchSite = "cross-site" },
        browser.but { $0.fetchSite = "same-site" },
      ]
      for (method, path, body) in Self.writes {
        for (index, browser) in odd.enumerated() {
          let response = try await browser.send(method, "/api/v1" + path, body)
          #expect(
            response.status == .forbidden && response.problem == "form-expired", "\(method) \(path) \(index)")
        }
      }
      let session = try await browser.send(.get, "/api/v1/session").json
      #expect(session["services"] as? [String] == ["chat"])
      #expect((try await browser.send(.get, "/api/v1/devices").json["devices"] as? [Any])?.isEmpty == true)
    }
  }

  @Test("does not tell another member's device from one that nobody has")
  func strangers() async throws {
    try await PortalStage.with { stage, client in
      let alice = try await stage.browser(of: stage.member(), client)
      let bob = try await stage.browser(of: stage.member("bob"), client)
      let issued = try await alice.send(.post, "/api/v1/devices", Self.device).json
      let id = try #require((issued["device"] as? [String: Any])?["id"] as? String)
      for (method, body) in [(HTTPRequest.Method.patch, #"{"name":"Mine"}"#), (.delete, nil)] {
        let foreign = try await bob.send(method, "/api/v1/devices/\(id)", body)
        let unknown = try await bob.send(method, "/api/v1/devices/\(Self.nobody)", body)
        #expect(foreign.status == .notFound)
        #expect(foreign.text == unknown.text)
        for odd in ["x", "0%00", String(repeating: "0", count: 5_000), "ÄÖÜ", "..%2Fsession"] {
          #expect(try await bob.send(method, "/api/v1/devices/\(odd)", body).status == .notFound, "\(odd)")
        }
      }
      #expect(try await alice.send(.get, "/api/v1/devices").text.contains(#""name":"Phone""#))
    }
  }

  @Test(
    "names the field that is at fault, and repeats nothing of what was sent",
    arguments: [
      ("{}", "name"), (#"{"name":"s3cret"}"#, "chat"), (#"{"chat":"dino"}"#, "name"),
      (#"{"name":null,"chat":"dino"}"#, "name"), (#"{"name":"","chat":"dino"}"#, "name"),
      (#"{"name":" \t ","chat":"dino"}"#, "name"), (#"{"name":7,"chat":"dino"}"#, "name"),
      (#"{"name":true,"chat":"dino"}"#, "name"), (#"{"name":["s3cret"],"chat":"dino"}"#, "name"),
      (#"{"name":{"s3cret":1},"chat":"dino"}"#, "name"), (#"{"name":"s3cret\u0000x","chat":"dino"}"#, "name"),
      (#"{"name":"s3cret\nx","chat":"dino"}"#, "name"),
      (#"{"name":"s3cret\u001b[2J","chat":"dino"}"#, "name"),
      (#"{"name":"s3cret\u202egpj","chat":"dino"}"#, "name"),
      (#"{"name":"s3cret\u2028x","chat":"dino"}"#, "name"),
      (#"{"name":"\#(String(repeating: "s3cret", count: 11))","chat":"dino"}"#, "name"),
      (#"{"name":"Phone","chat":"s3cret"}"#, "chat"), (#"{"name":"Phone","chat":"Dino"}"#, "chat"),
      (#"{"name":"Phone","chat":1}"#, "chat"),
      (#"{"name":"Phone"}"#, "chat"), (#"{"name":"Phone","chat":null,"calls":null}"#, "chat"),
      (#"{"name":"Phone","chat":"linphone"}"#, "chat"), (#"{"name":"Phone","calls":"dino"}"#, "calls"),
      (#"{"name":"Phone","calls":["linphone"]}"#, "calls"), (#"{"name":"Phone","app":"dino"}"#, "app"),
      (#"{"name":"Phone","chat":"dino","expires_at":"s3cret"}"#, "expires_at"),
      (#"{"name":"Phone","chat":"dino","expires_at":1893456000}"#, "expires_at"),
      (#"{"name":"Phone","chat":"dino","expires_at":""}"#, "expires_at"),
      (#"{"name":"Phone","chat":"dino","expires_at":"2028-13-01T00:00:00Z"}"#, "expires_at"),
      (#"{"name":"Phone","chat":"dino","expires_at":"2028-01-01"}"#, "expires_at"),
      (#"{"name":"Phone","chat":"dino","expires_at":"2020-01-01T00:00:00Z"}"#, "expires_at"),
      (#"{"name":"Phone","chat":"dino","expires_at":"9999-01-01T00:00:00Z"}"#, "expires_at"),
      (#"{"name":"Phone","chat":"dino","expire_at":"2028-01-01T00:00:00Z"}"#, "expire_at"),
      (#"{"name":"Phone","chat":"dino","password":"s3cret"}"#, "password"),
    ])
  func fields(body: String, field: String) async throws {
    try await PortalStage.with { stage, client in
      let browser = try await stage.browser(of: stage.member(), client)
      let response = try await browser.send(.post, "/api/v1/devices", body)
      #expect(response.status == .badRequest && response.problem == "bad-request", "\(response.text)")
      #expect(response.json["field"] as? String == field)
      #expect(!response.text.contains("s3cret"))
      #expect((response.json["detail"] as? String)?.isEmpty == false)
      #expect((try await browser.send(.get, "/api/v1/devices").json["devices"] as? [Any])?.isEmpty == true)
    }
  }

  @Test(
    "refuses what is no JSON object of simple fields",
    arguments: [
      "", " ", "null", "[]", "7", #""text""#, "{", #"{"name":}"#, #"{"name":"Phone","chat":"dino"} x"#,
      "name=Phone",
      #"{"<b>":1}"#, String(repeating: "[", count: 16_000), String(repeating: #"{"name":"#, count: 1_700),
      #"{"name":"\ud800","chat":"dino"}"#,
    ])
  func shapes(body: String) async throws {
    try await PortalStage.with { stage, client in
      let browser = try await stage.browser(of: stage.member(), client)
      for (method, path) in [(HTTPRequest.Method.post, "/devices"), (.put, "/services/chat")] {
        let response = try await browser.send(method, "/api/v1" + path, body)
        #expect(response.status == .badRequest && response.problem == "bad-request", "\(response.text)")
        #expect(!response.text.contains("<b>"))
      }
    }
  }

  @Test("reads JSON only if it is called so, and no more than 16 KiB")
  func envelope() async throws {
    try await PortalStage.with { stage, client in
      let browser = try await stage.browser(of: stage.member(), client)
      for type in [nil, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json"] {
        let response = try await browser.but { $0.contentType = type }.send(
          .post, "/api/v1/devices", Self.device)
        #expect(
          response.status == .unsupportedMediaType && response.problem == "wrong-media-type",
          "\(type ?? "none")")
      }
      for type in ["application/json; charset=utf-8", "Application/JSON"] {
        let response = try await browser.but { $0.contentType = type }.send(
          .post, "/api/v1/devices", Self.device)
        #expect(response.status == .created)
      }
      let padding = { (length: Int) in
        String(repeating: " ", count: length - #"{"on":true}"#.utf8.count) + #"{"on":true}"#
      }
      #expect(try await browser.send(.put, "/api/v1/services/chat", padding(16_384)).status == .ok)
      #expect(try await browser.send(.put, "/api/v1/services/chat", padding(16_385)).problem == "too-large")
    }
  }

  @Test("adds no device after an old sign-in, and does the rest")
  func recency() async throws {
    try await PortalStage.with { stage, client in
      let browser = try await stage.browser(of: stage.member(), client, provedAgo: 601)
      let refused = try await browser.send(.post, "/api/v1/devices", Self.device)
      #expect(refused.status == .forbidden && refused.problem == "sign-in-not-recent")
      let session = try await browser.send(.get, "/api/v1/session").json
      #expect(session["sign_in_is_recent"] as? Bool == false)
      #expect(try await browser.send(.put, "/api/v1/services/chat", #"{"on":false}"#).status == .ok)
    }
  }

  @Test("signs out every browser of the member, and nobody else")
  func everywhere() async throws {
    try await PortalStage.with { stage, client in
      let alice = try await stage.member()
      let here = try await stage.browser(of: alice, client)
      let there = try await stage.browser(of: alice, client)
      let bob = try await stage.browser(of: stage.member("bob"), client)
      let response = try await here.send(.post, "/api/v1/sign-out-everywhere")
      #expect(response.status == .noContent)
      #expect(response.headers[.setCookie]?.contains("Max-Age=0") == true)
      for browser in [here, there] {
        #expect(try await browser.send(.get, "/api/v1/session").status == .unauthorized)
      }
      #expect(try await bob.send(.get, "/api/v1/session").status == .ok)
    }
  }

  @Test("says in problem details that an address leads nowhere")
  func nowhere() async throws {
    try await PortalStage.with { stage, client in
      for path in ["/api/v1/", "/api/v1/devises", "/api/v2/session", "/api/v1/devices/a/b"] {
        let response = try await stage.stranger(client).send(.get, path)
        #expect(response.status == .notFound && response.problem == "not-found", "\(path)")
      }
    }
  }
}

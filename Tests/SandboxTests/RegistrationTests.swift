// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Sandbox

struct RegistrationTests {
  @Test func aRegisteredAppGetsItsCredentialsOnce() async throws {
    try await Bench.open { bench async throws in
      let answer = try await bench.send(
        .post, "/api/v1/apps",
        json: [
          "client_name": "Trunkline", "redirect_uris": ["https://a.example/cb", "https://b.example/cb"],
          "scopes": "profile read:accounts", "website": "https://a.example",
        ])
      #expect(answer.status == 200)
      #expect(answer.json["client_id"]?.text?.count == 43)
      #expect(answer.json["client_secret"]?.text?.count == 43)
      #expect(answer.json["client_secret_expires_at"] == 0)
      #expect(answer.json["redirect_uris"] == ["https://a.example/cb", "https://b.example/cb"])
      #expect(answer.json["scopes"] == ["profile", "read:accounts"])
    }
  }

  @Test(arguments: [
    ([("redirect_uris", "https://a.example/")], "Application name can't be blank"),
    ([("client_name", "T")], "Redirect URI can't be blank"),
    ([("client_name", "T"), ("redirect_uris", "/callback")], "Redirect URI must be an absolute URI."),
    (
      [("client_name", "T"), ("redirect_uris", "https://a.example/#x")],
      "Redirect URI cannot contain a fragment."
    ),
    (
      [("client_name", "T"), ("redirect_uris", "javascript:alert(1)")],
      "Redirect URI is forbidden by the server."
    ),
    (
      [("client_name", "T"), ("redirect_uris", "https://a.example/"), ("scopes", "read everything")],
      "Scopes doesn't match configured on the server."
    ),
    (
      [
        ("client_name", String(repeating: "x", count: 61)), ("redirect_uris", "https://a.example/"),
      ], "Application name is too long (maximum is 60 characters)"
    ),
    (
      [("client_name", "T"), ("redirect_uris", "https://a.example/"), ("website", "no address")],
      "Application website is not a valid URL"
    ),
    ([], "Application name can't be blank, Redirect URI can't be blank"),
  ])
  func aBadRegistrationIsRefusedInMastodonsWords(_ form: [(String, String)], _ text: String) async throws {
    try await Bench.open { bench async throws in
      let answer = try await bench.send(.post, "/api/v1/apps", form: form)
      #expect(answer.status == 422)
      #expect(answer.error == "Validation failed: \(text)")
    }
  }

  @Test func oneAddressRegistersFiveAppsInTenMinutes() async throws {
    try await Bench.open(.router, try Bench.settings { $0.limits = .mastodon }) { bench async throws in
      for _ in 0..<5 { _ = try await bench.register() }
      let form = [("client_name", "T"), ("redirect_uris", "https://a.example/")]
      let sixth = try await bench.send(.post, "/api/v1/apps", form: form)
      #expect(sixth.status == 429)
      #expect(sixth.error == "Too many requests")
      #expect(sixth.headers[.rateRemaining] == "0")
      let elsewhere = try await bench.send(
        .post, "/api/v1/apps", form: form, headers: ["X-Forwarded-For": "192.0.2.77"])
      #expect(elsewhere.status == 200)
      bench.clock.advance(601)
      #expect(try await bench.send(.post, "/api/v1/apps", form: form).status == 200)
    }
  }

  @Test func anyLiveTokenMayAskWhoseAppItBelongsTo() async throws {
    try await Bench.open { bench async throws in
      let app = try await bench.register(scopes: "profile")
      let code = try await bench.code(for: "alice", app: app, scopes: "profile")
      let token = try #require(try await bench.redeem(code, app: app).json["access_token"]?.text)
      let answer = try await bench.get("/api/v1/apps/verify_credentials", token: token)
      #expect(answer.json["name"] == "Trunkline")
      #expect(answer.json["client_secret"] == nil)
      let missing = try await bench.get("/api/v1/apps/verify_credentials")
      #expect(missing.status == 401)
      #expect(missing.error == "The access token is invalid")
      #expect(missing.headers[.wwwAuthenticate]?.contains("invalid_token") == true)
    }
  }
}

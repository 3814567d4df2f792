// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Sandbox

struct TokenTests {
  static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
  static let challenge = [
    ("code_challenge", OAuthRules.challenge(of: verifier)), ("code_challenge_method", "S256"),
  ]

  @Test func aCodeWithItsVerifierBecomesAToken() async throws {
    try await Bench.open { bench async throws in
      let app = try await bench.register()
      let code = try await bench.code(for: "alice", app: app, extra: Self.challenge)
      let answer = try await bench.redeem(code, app: app, extra: [("code_verifier", Self.verifier)])
      #expect(answer.status == 200)
      #expect(answer.json["token_type"] == "Bearer")
      #expect(answer.json["scope"]?.text == Bench.scopes)
      #expect(answer.json["expires_in"] == nil)
      #expect(answer.json["refresh_token"] == nil)
      #expect(answer.headers[.cacheControl] == "no-store, no-cache")
    }
  }

  @Test func aSentChallengeIsEnforced() async throws {
    try await Bench.open { bench async throws in
      let app = try await bench.register()
      let code = try await bench.code(for: "alice", app: app, extra: Self.challenge)
      let without = try await bench.redeem(code, app: app)
      #expect(without.status == 400)
      #expect(without.error == "invalid_request")
      #expect(without.json["error_description"] == "Missing required parameter: code_verifier.")
      let wrong = try await bench.redeem(code, app: app, extra: [("code_verifier", Self.verifier + "x")])
      #expect(wrong.status == 400)
      #expect(wrong.error == "invalid_grant")
      let unasked = try await bench.code(for: "bob", app: app)
      let extra = try await bench.redeem(unasked, app: app, extra: [("code_verifier", Self.verifier)])
      #expect(extra.error == "invalid_grant")
    }
  }

  @Test func aCodeWorksOnceForOneClientAndOneAddressAndTenMinutes() async throws {
    try await Bench.open { bench async throws in
      let app = try await bench.register()
      let other = try await bench.register()
      let code = try await bench.code(for: "alice", app: app)
      #expect(try await bench.redeem(code, app: other).error == "invalid_grant")
      let elsewhere = "https://chat.social.localhost/other"
      #expect(try await bench.redeem(code, app: app, redirect: elsewhere).error == "invalid_grant")
      #expect(try await bench.redeem(code, app: app).status == 200)
      let replay = try await bench.redeem(code, app: app)
      #expect(replay.status == 400)
      #expect(replay.error == "invalid_grant")
      let late = try await bench.code(for: "bob", app: app)
      bench.clock.advance(601)
      #expect(try await bench.redeem(late, app: app).error == "invalid_grant")
    }
  }

  @Test func faultyTokenRequestsGetTheirStatusAndCode() async throws {
    try await Bench.open { bench async throws in
      let app = try await bench.register()
      let code = try await bench.code(for: "alice", app: app)
      let thief = TestApp(id: app.id, secret: "wrong")
      let refused = try await bench.redeem(code, app: thief)
      #expect(refused.status == 401)
      #expect(refused.error == "invalid_client")
      #expect(refused.headers[.wwwAuthenticate]?.contains("error=\"invalid_client\"") == true)
      #expect(refused.headers[.cacheControl] == "no-store, no-cache")
      #expect(try await bench.redeem("nonsense", app: app).error == "invalid_grant")
      let cases: [([(String, String)], Int, String)] = [
        ([], 400, "invalid_request"), ([("grant_type", "password")], 400, "unsupported_grant_type"),
        ([("grant_type", "refresh_token")], 400, "unsupported_grant_type"),
        ([("grant_type", "authorization_code")], 400, "invalid_request"),
        ([("grant_type", "client_credentials")], 401, "invalid_client"),
        (
          [
            ("grant_type", "client_credentials"), ("client_id", app.id), ("client_secret", app.secret),
            ("scope", "admin:read"),
          ], 400, "invalid_scope"
        ),
      ]
      for (form, status, error) in cases {
        let answer = try await bench.send(.post, "/oauth/token", form: form)
        #expect(answer.status == status)
        #expect(answer.error == error)
      }
      #expect(try await bench.redeem(code, app: app).status == 200, "a refusal does not burn the code")
    }
  }

  @Test func aLaterSignInGetsTheSameTokenAndRevokingItRevokesAll() async throws {
    try await Bench.open { bench async throws in
      let app = try await bench.register()
      let first = try await bench.redeem(try await bench.code(for: "alice", app: app), app: app)
      let second = try await bench.redeem(try await bench.code(for: "alice", app: app), app: app)
      let token = try #require(first.json["access_token"]?.text)
      #expect(second.json["access_token"]?.text == token)
      let bobs = try await bench.redeem(try await bench.code(for: "bob", app: app), app: app)
      #expect(bobs.json["access_token"]?.text != token)
      let form = [("token", token), ("client_id", app.id), ("client_secret", app.secret)]
      #expect(try await bench.send(.post, "/oauth/revoke", form: form).status == 200)
      let after = try await bench.get("/api/v1/accounts/verify_credentials", token: token)
      #expect(after.status == 401)
      #expect(after.error == "The access token was revoked")
      let third = try await bench.redeem(try await bench.code(for: "alice", app: app), app: app)
      #expect(third.json["access_token"]?.text != token)
    }
  }

  @Test func onlyItsOwnClientRevokesAToken() async throws {
    try await Bench.open { bench async throws in
      let app = try await bench.register()
      let other = try await bench.register()
      let answer = try await bench.redeem(try await bench.code(for: "alice", app: app), app: app)
      let token = try #require(answer.json["access_token"]?.text)
      for form in [
        [("token", token), ("client_id", other.id), ("client_secret", other.secret)],
        [("token", token), ("client_id", app.id), ("client_secret", "wrong")], [("token", token)],
      ] {
        let refused = try await bench.send(.post, "/oauth/revoke", form: form)
        #expect(refused.status == 403)
        #expect(refused.error == "unauthorized_client")
      }
      let unknown = [("token", "x"), ("client_id", app.id), ("client_secret", app.secret)]
      #expect(try await bench.send(.post, "/oauth/revoke", form: unknown).status == 200)
      #expect(try await bench.get("/oauth/userinfo", token: token).status == 200)
    }
  }

  @Test func anAppMayAuthenticateWithTheHeaderAndGetsATokenOfItsOwn() async throws {
    try await Bench.open { bench async throws in
      let app = try await bench.register(scopes: "read")
      let basic = Data("\(app.id):\(app.secret)".utf8).base64EncodedString()
      let answer = try await bench.send(
        .post, "/oauth/token", form: [("grant_type", "client_credentials")],
        headers: ["Authorization": "Basic \(basic)"])
      let token = try #require(answer.json["access_token"]?.text)
      let refused = try await bench.get("/api/v1/accounts/verify_credentials", token: token)
      #expect(refused.status == 422)
      #expect(refused.error == "This method requires an authenticated user")
      #expect(try await bench.get("/api/v1/apps/verify_credentials", token: token).status == 200)
    }
  }
}

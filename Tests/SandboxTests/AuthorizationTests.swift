// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Sandbox

struct AuthorizationTests {
  @Test func aMemberSignsInAgreesAndIsSentBackWithCodeAndState() async throws {
    try await Bench.open { bench async throws in
      let app = try await bench.register()
      let visitor = Visitor(bench: bench)
      let first = try await visitor.send(.get, Visitor.address(app))
      #expect(first.location == "https://social.localhost:8443/auth/sign_in")
      let signedIn = try await visitor.signIn("alice")
      #expect(signedIn.location == "https://social.localhost:8443" + Visitor.address(app))
      let back = try await visitor.authorize(app)
      #expect(back.status == 302)
      #expect(back.location?.hasPrefix("https://chat.social.localhost/callback?code=") == true)
      #expect(back.sent("state") == "a state & more")
    }
  }

  @Test func aDeniedConsentGoesBackAsAccessDeniedWithItsState() async throws {
    try await Bench.open { bench async throws in
      let app = try await bench.register()
      let visitor = Visitor(bench: bench)
      try await visitor.signIn("alice")
      let back = try await visitor.authorize(app, deny: true)
      #expect(back.sent("error") == "access_denied")
      #expect(back.sent("state") == "a state & more")
      #expect(back.sent("code") == nil)
    }
  }

  @Test(arguments: [
    ("redirect_uri", "https://evil.example/callback", 400, "The redirect uri included is not valid."),
    (
      "redirect_uri", "https://chat.social.localhost/callback/more", 400,
      "The redirect uri included is not valid."
    ),
    ("redirect_uri", "", 400, "Missing required parameter: redirect_uri."),
    ("client_id", "nobody", 401, "Client authentication failed due to unknown client"),
    ("client_id", "", 400, "Missing required parameter: client_id."),
    ("response_type", "token", 400, "The authorization server does not support this response type."),
    ("response_type", "", 400, "Missing required parameter: response_type."),
    ("scope", "read", 400, "The requested scope is invalid, unknown, or malformed."),
    ("scope", "write", 400, "The requested scope is invalid, unknown, or malformed."),
  ])
  func aBadRequestShowsAPageAndRedirectsNowhere(
    _ name: String, _ value: String, _ status: Int, _ text: String
  ) async throws {
    try await Bench.open { bench async throws in
      let app = try await bench.register()
      let visitor = Visitor(bench: bench)
      try await visitor.signIn("alice")
      let answer = try await visitor.send(.get, Visitor.address(app, extra: [(name, value)]))
      #expect(answer.status == status)
      #expect(answer.location == nil)
      #expect(answer.text.contains(text))
    }
  }

  @Test(arguments: ["plain", ""])
  func aChallengeNeedsS256(_ method: String) async throws {
    try await Bench.open { bench async throws in
      let app = try await bench.register()
      let visitor = Visitor(bench: bench)
      try await visitor.signIn("alice")
      let answer = try await visitor.send(
        .get, Visitor.address(app, extra: [("code_challenge", "abc"), ("code_challenge_method", method)]))
      #expect(answer.status == 400)
      #expect(answer.text.contains("The code challenge method must be S256."))
    }
  }

  @Test func whoAgreedBeforeIsAskedAgainOnlyWithForceLogin() async throws {
    try await Bench.open { bench async throws in
      let app = try await bench.register()
      _ = try await bench.redeem(try await bench.code(for: "alice", app: app), app: app)
      let visitor = Visitor(bench: bench)
      try await visitor.signIn("alice")
      #expect(try await visitor.send(.get, Visitor.address(app)).sent("code") != nil)
      let forced = try await visitor.send(.get, Visitor.address(app, extra: [("force_login", "true")]))
      #expect(forced.status == 200)
      #expect(forced.text.contains("Authorize</button>"))
    }
  }

  @Test func theSecondFactorIsAskedForAndEachCodeWorksOnce() async throws {
    try await Bench.open { bench async throws in
      let totp = try #require(TOTP(base32: SandboxSettings.trialTOTPSecret))
      let visitor = Visitor(bench: bench)
      let page = try await visitor.signIn("dave")
      #expect(page.status == 200)
      #expect(try await visitor.send(.get, "/auth/sign_in").text.contains("Log in to"))
      let form = try Visitor.formToken(in: page)
      let wrong = try await visitor.send(
        .post, "/auth/sign_in", form: [("authenticity_token", form), ("user[otp_attempt]", "000000")])
      #expect(wrong.status == 422)
      let code = totp.code(step: Int(bench.clock.now.timeIntervalSince1970) / 30)
      let right = [("authenticity_token", form), ("user[otp_attempt]", code)]
      #expect(try await visitor.send(.post, "/auth/sign_in", form: right).status == 302)

      let second = Visitor(bench: bench)
      let again = try Visitor.formToken(in: try await second.signIn("dave"))
      let replay = try await second.send(
        .post, "/auth/sign_in", form: [("authenticity_token", again), ("user[otp_attempt]", code)])
      #expect(replay.status == 422)
    }
  }

  @Test(arguments: ["alice", "nobody", "nils"])
  func aWrongPasswordAndAnUnknownNameLookAlike(_ name: String) async throws {
    try await Bench.open { bench async throws in
      let answer = try await Visitor(bench: bench).signIn(name, password: "wrong")
      #expect(answer.status == 422)
      #expect(answer.text.contains("Invalid e-mail address or password."))
    }
  }

  @Test(arguments: [
    ("mallory", "/auth/edit"), ("frank", "/auth/edit"), ("peggy", "/auth/setup"), ("ivan", "/auth/setup"),
  ])
  func whoseLoginDoesNotWorkCannotAuthorizeAnything(_ name: String, _ path: String) async throws {
    try await Bench.open { bench async throws in
      let app = try await bench.register()
      let visitor = Visitor(bench: bench)
      try await visitor.signIn(name)
      let answer = try await visitor.send(.get, Visitor.address(app))
      #expect(answer.location == "https://social.localhost:8443" + path)
      #expect(try await visitor.send(.get, path).status == 200)
    }
  }

  @Test func aFormFromElsewhereIsRefused() async throws {
    try await Bench.open { bench async throws in
      let app = try await bench.register()
      let visitor = Visitor(bench: bench)
      try await visitor.signIn("alice")
      let form = [
        ("client_id", app.id), ("redirect_uri", app.redirect), ("response_type", "code"),
        ("scope", Bench.scopes), ("authenticity_token", "guessed"),
      ]
      let answer = try await visitor.send(.post, "/oauth/authorize", form: form)
      #expect(answer.status == 422)
      #expect(answer.location == nil)
      #expect(try await visitor.send(.post, "/auth/sign_out", form: [("_method", "delete")]).status == 422)
    }
  }

  @Test func signingOutEndsTheSessionAndThePagesToken() async throws {
    try await Bench.open { bench async throws in
      let visitor = Visitor(bench: bench)
      try await visitor.signIn("alice")
      let home = try await visitor.send(.get, "/")
      let token = String(try #require(home.text.firstMatch(of: /"access_token":"([^"]+)"/)).1)
      #expect(try await bench.get("/api/v1/accounts/verify_credentials", token: token).status == 200)
      let form = [("authenticity_token", try Visitor.formToken(in: home)), ("_method", "delete")]
      #expect(try await visitor.send(.post, "/auth/sign_out", form: form).status == 302)
      let after = try await bench.get("/api/v1/accounts/verify_credentials", token: token)
      #expect(after.status == 401)
      #expect(after.error == "The access token is invalid")
    }
  }

  @Test func theOutOfBandAddressShowsTheCode() async throws {
    try await Bench.open { bench async throws in
      let answer = try await bench.send(
        .post, "/api/v1/apps", form: [("client_name", "T"), ("redirect_uris", OAuthRules.outOfBand)])
      let app = TestApp(
        id: try #require(answer.json["client_id"]?.text), secret: "", redirect: OAuthRules.outOfBand)
      let visitor = Visitor(bench: bench)
      try await visitor.signIn("alice")
      let back = try await visitor.authorize(app, scopes: "read")
      #expect(back.location?.hasPrefix("https://social.localhost:8443/oauth/authorize/native?code=") == true)
    }
  }

  @Test func oneTimeCodesMatchTheRFCsVectors() throws {
    let totp = try #require(TOTP(base32: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))
    for (time, code) in [
      (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
      (2_000_000_000, "279037"), (20_000_000_000, "353130"),
    ] { #expect(totp.code(step: time / 30) == code) }
    #expect(TOTP(base32: "not base32!") == nil)
    #expect(TOTP(base32: "") == nil)
  }

  @Test func theChallengeMatchesTheRFCsVector() {
    #expect(
      OAuthRules.challenge(of: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
  }
}

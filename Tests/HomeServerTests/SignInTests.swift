// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation
import Testing

@testable import HomeServer

@Suite struct ProofKeyTests {
  @Test func matchesTheExampleOfRFC7636() throws {
    let key = try ProofKey(random: [
      116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214,
      191, 240,
      91, 88, 5, 88, 83, 132, 141, 121,
    ])
    #expect(key.verifier.reveal() == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    #expect(key.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
  }

  @Test(arguments: [0, 16, 31, 97]) func refusesTooFewAndTooManyBytes(count: Int) {
    #expect(throws: HomeServerError.self) { try ProofKey(random: Array(repeating: 0, count: count)) }
  }
}

@Suite struct SignInAttemptTests {
  let registration: Registration
  let discovery: Discovery

  init() throws {
    discovery = try Discovery(
      software: DiscoveryTests.mastodon, metadata: DiscoveryTests.metadata(), origin: splitAddress().origin)
    registration = Registration(
      home: try url("https://web.example.social"), clientID: "the-client",
      clientSecret: Secret("the-client-secret"),
      redirectURI: "https://chat.example.social/callback?a=1", scopes: .all(offered: discovery.scopes))
  }

  func attempt(isForced: Bool = false, _ discovery: Discovery? = nil) throws -> SignInAttempt {
    let discovery = discovery ?? self.discovery
    return try SignInAttempt(
      registration: registration, discovery: discovery,
      scopes: .needed(for: .signIn, offered: discovery.scopes),
      isForced: isForced, random: countingBytes())
  }

  @Test func theBrowserCarriesTheChallengeAndNeverTheVerifier() throws {
    let attempt = try attempt()
    let sent = attempt.authorizationURL(registration, discovery)
    let items = try #require(URLComponents(url: sent, resolvingAgainstBaseURL: false)?.queryItems)
    let fields = Dictionary(uniqueKeysWithValues: items.map { ($0.name, $0.value) })
    #expect(fields["response_type"] == "code")
    #expect(fields["client_id"] == "the-client")
    #expect(fields["redirect_uri"] == "https://chat.example.social/callback?a=1")
    #expect(fields["scope"] == "profile read:accounts")
    #expect(fields["state"] == attempt.state.reveal())
    #expect(fields["code_challenge"] == attempt.proofKey.challenge)
    #expect(fields["code_challenge_method"] == "S256")
    #expect(fields["force_login"] == nil)
    #expect(!sent.absoluteString.contains(attempt.proofKey.verifier.reveal()))
    #expect(!sent.absoluteString.contains("the-client-secret"))
  }

  @Test func aRecentSignInIsAskedForByForce() throws {
    let sent = try attempt(isForced: true).authorizationURL(registration, discovery)
    #expect(sent.absoluteString.contains("force_login=true"))
  }

  @Test func twoAttemptsShareNothing() throws {
    let random = countingBytes()
    let both = try (0..<2).map { _ in
      try SignInAttempt(
        registration: registration, discovery: discovery, scopes: Scopes(text: "profile"), random: random)
    }
    #expect(both[0].state != both[1].state && both[0].proofKey != both[1].proofKey)
    #expect(both[0].state.reveal() != both[0].proofKey.verifier.reveal())
  }

  @Test func askingForMoreThanWasRegisteredIsAMistake() {
    #expect(throws: HomeServerError.self) {
      try SignInAttempt(registration: registration, discovery: discovery, scopes: Scopes(text: "write"))
    }
  }

  @Test func anAttemptSurvivesStorageAndShowsNothingWhenPrinted() throws {
    let attempt = try attempt(isForced: true)
    #expect(try JSONDecoder().decode(SignInAttempt.self, from: JSONEncoder().encode(attempt)) == attempt)
    var dumped = ""
    dump(attempt, to: &dumped)
    for text in ["\(attempt)", dumped] {
      #expect(!text.contains(attempt.state.reveal()) && !text.contains(attempt.proofKey.verifier.reveal()))
    }
  }

  @Test func theCodeIsHandedOut() throws {
    let attempt = try attempt()
    let state = attempt.state.reveal()
    #expect(try attempt.code(fromCallback: "code=a%2Bb+c&state=\(state)").reveal() == "a+b c")
    let issuer = "https%3A%2F%2Fweb.example.social%2F"
    #expect(try attempt.code(fromCallback: "state=\(state)&iss=\(issuer)&code=x").reveal() == "x")
  }

  /// `STATE` stands for the right one.
  @Test(arguments: [
    ("", "state-mismatch"), ("code=x", "state-mismatch"), ("code=x&state=", "state-mismatch"),
    ("code=x&state=wrong", "state-mismatch"), ("code=x&state=STATEx", "state-mismatch"),
    ("error=access_denied&state=wrong", "state-mismatch"), ("error=access_denied", "state-mismatch"),
    ("code=x&state=STATE&state=STATE", "not-understood"), ("code=x&code=y&state=STATE", "not-understood"),
    ("code=%FF&state=STATE", "not-understood"), ("state=STATE", "not-understood"),
    ("code=&state=STATE", "not-understood"),
    ("code=x&state=STATE&iss=https%3A%2F%2Fevil.example%2F", "mixed-up"),
    ("code=x&state=STATE&iss=", "mixed-up"),
    ("error=access_denied&state=STATE", "denied"), ("error=access_denied&code=x&state=STATE", "denied"),
    ("error=invalid_scope&state=STATE", "wrong-scope"),
    ("error=unauthorized_client&state=STATE", "registration-invalid"),
    ("error=server_error&state=STATE", "sign-in-failed"), ("error=odd&state=STATE", "sign-in-failed"),
  ]) func whatIsNotAnAnswerToThisAttemptIsRefused(query: String, code: String) throws {
    let attempt = try attempt()
    let query = query.replacing("STATE", with: attempt.state.reveal())
    let error = #expect(throws: HomeServerError.self) { try attempt.code(fromCallback: query) }
    #expect(error?.code.rawValue == code)
  }

  @Test func aServerThatPromisesItsNameMustGiveIt() throws {
    let promising = try Discovery(
      software: DiscoveryTests.mastodon,
      metadata: DiscoveryTests.metadata(["authorization_response_iss_parameter_supported": true]),
      origin: splitAddress().origin)
    let attempt = try attempt(promising)
    let query = "code=x&state=\(attempt.state.reveal())"
    let error = #expect(throws: HomeServerError.self) { try attempt.code(fromCallback: query) }
    #expect(error?.code == .mixedUp)
  }

  @Test func theServersOwnWordsAreShortAndHarmless() throws {
    let attempt = try attempt()
    let said = "%0D%0ASet-Cookie:%20a%E2%80%AE" + String(repeating: "x", count: 3_000)
    let error = #expect(throws: HomeServerError.self) {
      try attempt.code(fromCallback: "error=odd&error_description=\(said)&state=\(attempt.state.reveal())")
    }
    let cause = try #require(error?.cause)
    #expect(cause.count < 200 && !cause.contains("\n") && !cause.contains("\u{202E}"))
  }

  @Test func anEndlessCallbackIsRefused() throws {
    let attempt = try attempt()
    let query = "state=\(attempt.state.reveal())&code=" + String(repeating: "x", count: 9_000)
    let error = #expect(throws: HomeServerError.self) { try attempt.code(fromCallback: query) }
    #expect(error?.code == .notUnderstood)
  }
}

@Suite struct RegistrationTests {
  static func registration(expiresAt: Date? = nil) throws -> Registration {
    Registration(
      home: try url("https://web.example.social"), clientID: "id", clientSecret: Secret("hush-hush"),
      redirectURI: "https://chat/callback", scopes: Scopes(text: "read profile"), expiresAt: expiresAt)
  }

  @Test func itServesOnlyWhatItWasMadeFor() throws {
    let now = Date(timeIntervalSince1970: 1_000)
    let address = try splitAddress()
    func app(_ redirect: String, _ scopes: String) -> AppDescription {
      AppDescription(name: "Trunkline", website: nil, redirectURI: redirect, scopes: Scopes(text: scopes))
    }
    let kept = try Self.registration()
    #expect(kept.fits(app("https://chat/callback", "profile read:accounts"), at: address, now: now))
    #expect(!kept.fits(app("https://chat/other", "profile"), at: address, now: now))
    #expect(!kept.fits(app("https://chat/callback", "write"), at: address, now: now))
    let elsewhere = try HomeServerAddress(domain: "other.example", baseURL: url("https://other.example"))
    #expect(!kept.fits(app("https://chat/callback", "profile"), at: elsewhere, now: now))
    #expect(
      !(try Self.registration(expiresAt: now)).fits(
        app("https://chat/callback", "profile"), at: address, now: now))
  }

  @Test func itSurvivesStorageAndShowsNothingWhenPrinted() throws {
    let kept = try Self.registration(expiresAt: Date(timeIntervalSince1970: 5))
    #expect(try JSONDecoder().decode(Registration.self, from: JSONEncoder().encode(kept)) == kept)
    var dumped = ""
    dump(kept, to: &dumped)
    #expect(!"\(kept)".contains("hush") && !dumped.contains("hush"))
  }

  @Test func aTokenSurvivesStorageAndShowsNothingWhenPrinted() throws {
    let token = AccessToken(Secret("hush-hush"), scopes: Scopes(text: "read"))
    #expect(try JSONDecoder().decode(AccessToken.self, from: JSONEncoder().encode(token)) == token)
    #expect(!"\(token)".contains("hush"))
  }
}

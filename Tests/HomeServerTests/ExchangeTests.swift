// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation
import Testing

@testable import HomeServer

/// Discovery, tokens and identity with servers that answer oddly.
@Suite(.timeLimit(.minutes(1))) struct ExchangeTests {
  static let callback = "https://chat.example.social/callback"

  /// What a client for a scripted server would have discovered and registered.
  static func setUp(_ client: HomeServerClient) throws -> (Discovery, Registration, SignInAttempt) {
    let base = client.address.baseURL.absoluteString
    let metadata = try DiscoveryTests.metadata([
      "issuer": "\(base)/", "authorization_endpoint": "\(base)/oauth/authorize",
      "token_endpoint": "\(base)/oauth/token", "revocation_endpoint": "\(base)/oauth/revoke",
      "userinfo_endpoint": "\(base)/oauth/userinfo", "app_registration_endpoint": "\(base)/api/v1/apps",
    ])
    let discovery = try Discovery(
      software: DiscoveryTests.mastodon, metadata: metadata, origin: client.origin)
    let registration = Registration(
      home: client.address.baseURL, clientID: "client", clientSecret: Secret("client-secret"),
      redirectURI: callback, scopes: .all(offered: discovery.scopes))
    let attempt = try SignInAttempt(
      registration: registration, discovery: discovery,
      scopes: .needed(for: .signIn, offered: discovery.scopes), random: countingBytes())
    return (discovery, registration, attempt)
  }

  static func exchange(_ script: [[RawServer.Act]]) async throws -> (
    Result<AccessToken, HomeServerError>, [String]
  ) {
    try await withScript(script) { client, server in
      let (discovery, registration, attempt) = try setUp(client)
      do throws(HomeServerError) {
        let token = try await client.exchange(Secret("the-code"), of: attempt, registration, discovery)
        return (.success(token), server.requests)
      } catch { return (.failure(error), server.requests) }
    }
  }

  static func code(_ result: Result<AccessToken, HomeServerError>) -> HomeServerError.Code? {
    if case .failure(let error) = result { error.code } else { nil }
  }

  @Test func secretsTravelInTheBodyOnly() async throws {
    let (result, requests) = try await Self.exchange([
      [.answer(200, #"{"access_token":"token","token_type":"Bearer","scope":"profile read:accounts"}"#)]
    ])
    #expect(try result.get().secret == Secret("token"))
    let parts = try #require(requests.first).components(separatedBy: "\r\n\r\n")
    #expect(parts[0].hasPrefix("POST /oauth/token HTTP/1.1"))
    for secret in ["the-code", "client-secret", "code_verifier"] {
      #expect(!parts[0].contains(secret) && parts[1].contains(secret))
    }
  }

  @Test func aCodeIsSentOnceWhateverHappens() async throws {
    for act in [[], [RawServer.Act.answer(502)], [.answer(503)]] {
      let (result, requests) = try await Self.exchange([act])
      #expect([.unreachable, .serverFailed].contains(Self.code(result)) && requests.count == 1)
    }
  }

  @Test(arguments: [301, 302, 303, 307, 308]) func aCodeIsNotSentOn(status: Int) async throws {
    let (result, requests) = try await Self.exchange([
      [.answer(status, "", headers: ["Location": "/oauth/token2"])]
    ])
    #expect(Self.code(result) == .redirected && requests.count == 1)
  }

  @Test(arguments: [
    "{}", #"{"access_token":"a b","token_type":"Bearer"}"#, #"{"access_token":"","token_type":"Bearer"}"#,
    #"{"access_token":"a\r\nX: y","token_type":"Bearer"}"#, #"{"access_token":"a","token_type":"mac"}"#,
    #"{"access_token":7,"token_type":"Bearer"}"#, #"{"access_token":"ä","token_type":"Bearer"}"#,
  ]) func anOddTokenIsNotTaken(body: String) async throws {
    #expect(Self.code(try await Self.exchange([[.answer(200, body)]]).0) == .notUnderstood)
  }

  @Test(
    arguments: [("read", "wrong-scope"), ("", "wrong-scope"), ("profile read", nil)] as [(String, String?)])
  func lessThanWasAskedForIsNotEnough(granted: String, code: String?) async throws {
    let body = #"{"access_token":"a","token_type":"bearer","scope":"\#(granted)"}"#
    #expect(Self.code(try await Self.exchange([[.answer(200, body)]]).0)?.rawValue == code)
  }

  @Test func noScopeInTheAnswerMeansAsAsked() async throws {
    let (result, _) = try await Self.exchange([[.answer(200, #"{"access_token":"a","token_type":"Bearer"}"#)]]
    )
    #expect(try result.get().scopes.description == "profile read:accounts")
  }

  static let alice =
    #"{"id":"7","username":"alice","acct":"alice","url":null,"uri":"http://127.0.0.1:PORT/users/alice"}"#

  @Test(
    arguments: [
      (
        #"{"iss":"http://127.0.0.1:PORT/","sub":"http://127.0.0.1:PORT/users/alice","preferred_username":"Alice"}"#,
        nil
      ),
      (#"{"sub":"http://127.0.0.1:PORT/users/bob","preferred_username":"alice"}"#, "mixed-up"),
      (#"{"sub":"http://127.0.0.1:PORT/users/alice","preferred_username":"bob"}"#, "mixed-up"),
      (#"{"iss":"https://evil.example/","sub":"http://127.0.0.1:PORT/users/alice"}"#, "mixed-up"),
      ("{}", "not-understood"),
    ] as [(String, String?)]) func twoAnswersToWhoItIsMustAgree(userinfo: String, code: String?) async throws
  {
    try await withScript([[.answer(200, Self.alice)], [.answer(200, userinfo)]]) { client, server in
      let (discovery, _, attempt) = try Self.setUp(client)
      let token = AccessToken(Secret("member-token"), scopes: attempt.scopes)
      do throws(HomeServerError) {
        #expect(try await client.identity(token, discovery).id == "7")
        #expect(code == nil)
      } catch { #expect(error.code.rawValue == code) }
      #expect(
        server.requests.map(path) == ["/api/v1/accounts/verify_credentials?lang=en", "/oauth/userinfo"])
      #expect(server.requests.allSatisfy { $0.contains("Authorization: Bearer member-token") })
    }
  }

  @Test func aSuspendedMemberIsNotSignedIn() async throws {
    let body = #"{"id":"7","username":"alice","acct":"alice","suspended":true}"#
    try await withScript([[.answer(200, body)]]) { client, _ in
      let (discovery, _, attempt) = try Self.setUp(client)
      let error = await #expect(throws: HomeServerError.self) {
        try await client.identity(AccessToken(Secret("token"), scopes: attempt.scopes), discovery)
      }
      #expect(error?.code == .loginDisabled)
    }
  }

  static let index =
    #"{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"http://127.0.0.1:PORT/n"}]}"#
  static let nodeInfo = #"{"software":{"name":"Mastodon","version":"4.6.0"}}"#

  @Test(
    arguments: [
      ([.answer(404, "{}")], nil), ([.answer(200, "<html>", type: "text/html; charset=utf-8")], nil),
      ([.answer(500, "{}")], "server-failed"), ([.answer(403, "{}")], "refused"),
      ([.answer(200, "rubbish")], "not-understood"),
      ([.answer(302, "", headers: ["Location": "https://evil.example/"])], "redirected"), ([], "unreachable"),
    ] as [([RawServer.Act], String?)])
  func onlyAMissingDescriptionLeadsToTheKnownPaths(act: [RawServer.Act], code: String?) async throws {
    try await withScript([[.answer(200, Self.index)], [.answer(200, Self.nodeInfo)], act]) { client, _ in
      do throws(HomeServerError) {
        let found = try await client.discover()
        #expect(code == nil && found.software.name == "mastodon" && !found.capabilities.contains(.metadata))
      } catch { #expect(error.code.rawValue == code) }
    }
  }

  @Test(arguments: [
    (#"{"links":[]}"#, "not-understood"),
    (#"{"links":[{"rel":"other","href":"http://127.0.0.1:PORT/n"}]}"#, "not-understood"),
    (
      #"{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"https://evil.example/n"}]}"#,
      "mixed-up"
    ),
    ("[]", "not-understood"),
  ]) func softwareThatDoesNotSayWhatItIsIsNotServed(index: String, code: String) async throws {
    try await withScript([[.answer(200, index)]]) { client, _ in
      let error = await #expect(throws: HomeServerError.self) { try await client.discover() }
      #expect(error?.code.rawValue == code)
    }
  }

  @Test func softwareThatMixesMembersUpIsRefusedByName() async throws {
    let snac = #"{"software":{"name":"snac","version":"2.94"}}"#
    try await withScript([[.answer(200, Self.index)], [.answer(200, snac)]]) { client, server in
      let error = await #expect(throws: HomeServerError.self) { try await client.discover() }
      #expect(error?.code == .softwareRefused && error?.cause.contains("snac") == true)
      #expect(server.requests.count == 2)
    }
  }

  @Test func anEndlessRedirectEnds() async throws {
    try await withScript([[.answer(302, "", headers: ["Location": "/again"])]]) { client, server in
      let error = await #expect(throws: HomeServerError.self) { try await client.discover() }
      #expect(error?.code == .redirected && server.requests.count == 4)
    }
  }
}

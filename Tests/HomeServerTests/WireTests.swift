// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation
import Testing

@testable import HomeServer

/// The line to a home server that does not behave.
@Suite(.timeLimit(.minutes(1))) struct WireTests {
  static let account = #"{"id":"7","username":"alice","acct":"alice","url":null}"#

  /// Asks for one account by its id, as a person would, and says what came of it.
  static func ask(_ client: HomeServerClient) async -> HomeServerError.Code? {
    let answer = await client.evidenceFromPublic(id: "7", .person).answer
    return switch answer {
    case .account: nil
    case .silence(let code): code
    case .unknownAccount: .notFound
    default: .refused
    }
  }

  @Test func aGoodAnswerIsRead() async throws {
    try await withScript([[.answer(200, Self.account)]]) { client, server in
      #expect(await Self.ask(client) == nil)
      let request = try #require(server.requests.first).lowercased()
      #expect(path(request) == "/api/v1/accounts/7" && request.contains("user-agent: trunkline"))
      #expect(!request.contains("authorization:"))
    }
  }

  @Test(arguments: ["", "rubbish", "[]", #"{"id":7}"#, "<html>", "{\"id\":\"7\"", "\u{0}"])
  func rubbishIsNotUnderstood(body: String) async throws {
    try await withScript([[.answer(200, body)]]) { client, _ in
      #expect(await Self.ask(client) == .notUnderstood)
    }
  }

  @Test func whatIsNotHTTPIsNotUnderstood() async throws {
    try await withScript([[.send("SSH-2.0-OpenSSH_9.2\r\n\r\n\r\n")]]) { client, _ in
      #expect(await Self.ask(client) == .notUnderstood)
    }
  }

  @Test func silenceEndsAtTheDeadline() async throws {
    let limits = WireLimits(overall: .milliseconds(300))
    try await withScript(limits: limits, [[.hang]]) { client, server in
      let time = await ContinuousClock().measure { #expect(await Self.ask(client) == .timedOut) }
      // On a busy machine the deadline may be over before the connection is made.
      #expect(time < .seconds(8) && server.requests.count <= 1)
    }
  }

  @Test func aSlowDripEndsAtTheDeadline() async throws {
    let limits = WireLimits(overall: .milliseconds(400))
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    let drips = (0..<200).flatMap { _ in [RawServer.Act.send("1\r\n \r\n"), .pause(.milliseconds(50))] }
    try await withScript(limits: limits, [[.send(head)] + drips]) { client, _ in
      let time = await ContinuousClock().measure { #expect(await Self.ask(client) == .timedOut) }
      #expect(time < .seconds(8))
    }
  }

  @Test func anAnnouncedFloodIsNotRead() async throws {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n"
    try await withScript([[.send(head), .hang]]) { client, _ in
      #expect(await Self.ask(client) == .tooLarge)
    }
  }

  @Test func anUnannouncedFloodIsCut() async throws {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    let chunk = "400\r\n" + String(repeating: "x", count: 1_024) + "\r\n"
    let flood = Array(repeating: RawServer.Act.send(chunk), count: 64)
    try await withScript([[.send(head)] + flood + [.hang]]) { client, _ in
      #expect(await Self.ask(client) == .tooLarge)
    }
  }

  @Test func aReadingRequestIsRepeatedAfterAHangUp() async throws {
    try await withScript([[], [], [.answer(200, Self.account)]]) { client, server in
      #expect(await Self.ask(client) == nil)
      #expect(server.requests.count == 3)
    }
  }

  @Test func repetitionsAreBounded() async throws {
    try await withScript([[]]) { client, server in
      #expect(await Self.ask(client) == .unreachable)
      #expect(server.requests.count == 3)
    }
  }

  @Test(arguments: [502, 503, 504]) func aGatewayInTroubleIsAskedAgain(status: Int) async throws {
    try await withScript([[.answer(status)], [.answer(200, Self.account)]]) {
      client, server in
      #expect(await Self.ask(client) == nil)
      #expect(server.requests.count == 2)
    }
  }

  @Test func aServerErrorIsAnAnswer() async throws {
    try await withScript([[.answer(500, "{}")]]) { client, server in
      #expect(await Self.ask(client) == .serverFailed)
      #expect(server.requests.count == 1)
    }
  }

  @Test func nobodyThereIsUnreachable() async throws {
    let port = try await RawServer.with([[]]) { $0.port }
    let client = try HomeServerClient(
      address: localAddress(port), limits: WireLimits(retries: 0), logger: quietLogger)
    #expect(await Self.ask(client) == .unreachable)
    await client.shutdown()
  }

  @Test func aRedirectWithinTheServerIsFollowed() async throws {
    try await withScript([
      [.answer(301, "", headers: ["Location": "/elsewhere?a=b"])], [.answer(200, Self.account)],
    ]) { client, server in
      #expect(await Self.ask(client) == nil)
      #expect(server.requests.map(path) == ["/api/v1/accounts/7", "/elsewhere?a=b"])
    }
  }

  @Test(arguments: [
    "https://evil.example/", "//evil.example/", "http://127.0.0.1:1/", "http://localhost/", "",
    "javascript:alert(1)",
  ]) func aRedirectElsewhereIsNotFollowed(location: String) async throws {
    try await withScript([[.answer(302, "", headers: ["Location": location])]]) { client, server in
      let token = AccessToken(Secret("hush"), scopes: Scopes(text: "read"))
      #expect(await client.evidenceFromMember(token, .person).answer == .silence(.redirected))
      #expect(server.requests.count == 1)
    }
  }

  @Test func limitsAreKeptFromTheFirstWordOn() async throws {
    let headers = ["Retry-After": "30"]
    try await withScript([[.answer(429, "{}", headers: headers)]]) { client, server in
      #expect(await Self.ask(client) == .rateLimited)
      #expect(await Self.ask(client) == .rateLimited)
      #expect(server.requests.count == 1)
    }
  }

  @Test func aCancelledCallerIsToldSo() async throws {
    try await withScript([[.hang]]) { client, _ in
      let task = Task { await Self.ask(client) }
      task.cancel()
      #expect(await task.value == .cancelled)
    }
  }
}

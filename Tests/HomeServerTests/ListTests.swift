// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import Synchronization
import Testing

@testable import HomeServer

/// Lists of servers that misbehave, byte by byte.
@Suite(.timeLimit(.minutes(5))) struct ListTests {
  static let token = AccessToken(Secret("token"), scopes: Scopes(text: "read"))
  static let discovery = Discovery(
    software: Software(name: "mastodon", version: "4.6"),
    origin: Origin(checked: URL(filePath: "/")))

  private static func account(_ id: Int, _ acct: String? = nil, more: String = "") -> String {
    "{\"id\":\"\(id)\",\"username\":\"u\(id)\",\"acct\":\"\(acct ?? "u\(id)@example.org")\"\(more)}"
  }

  private static func page(_ ids: [Int], next: String?) -> [RawServer.Act] {
    let body = "[" + ids.map { account($0) }.joined(separator: ",") + "]"
    return [
      .answer(
        200, body,
        headers: next.map { ["Link": "<http://elsewhere.example/x?max_id=\($0)>; rel=\"next\""] } ?? [:])
    ]
  }

  private static func read(
    _ script: [[RawServer.Act]], limits: ListLimits = ListLimits()
  ) async throws -> (result: Result<Listing<ListedAccount>, HomeServerError>, requests: [String]) {
    try await withScript(script) { client, server in
      let result: Result<Listing<ListedAccount>, HomeServerError>
      do throws(HomeServerError) {
        result = .success(try await client.blocks(token, discovery, limits: limits))
      } catch { result = .failure(error) }
      return (result, server.requests)
    }
  }

  @Test func aListIsReadOverItsPagesAndOnlyHere() async throws {
    let (result, requests) = try await Self.read([
      Self.page([9, 8], next: "71"), Self.page([], next: "55"), Self.page([8, 7], next: "3"),
      Self.page([1], next: nil),
    ])
    let listing = try result.get()
    #expect(listing.entries.map(\.id) == ["9", "8", "7", "1"] && !listing.isCut)
    // The links of these pages name another server. It was never asked, and has not seen the token.
    #expect(
      requests.map(path) == [
        "/api/v1/blocks?limit=80", "/api/v1/blocks?limit=80&max_id=71", "/api/v1/blocks?limit=80&max_id=55",
        "/api/v1/blocks?limit=80&max_id=3",
      ])
    #expect(requests.allSatisfy { $0.contains("Bearer token") })
  }

  @Test(arguments: [
    (200, "<html>", "text/html", "not-understood"), (200, "[]", "text/html", "not-understood"),
    (200, "{}", "application/json", "not-understood"), (200, "[", "application/json", "not-understood"),
    (200, "", "application/json", "not-understood"), (200, "null", "application/json", "not-understood"),
    (204, "", "application/json", "not-understood"),
    (200, "[{\"user\":\"a@b.example\"}]", "application/json", "not-understood"),
    (401, "{\"error\":\"The access token was revoked\"}", "application/json", "token-revoked"),
    (403, "{\"error\":\"This action is outside the authorized scopes\"}", "application/json", "wrong-scope"),
    (403, "{\"error\":\"Your login is currently disabled\"}", "application/json", "login-disabled"),
    (404, "{\"error\":\"Record not found\"}", "application/json", "not-found"),
    (404, "<html>", "text/html", "refused"),
    (422, "{\"error\":\"This method requires an authenticated user\"}", "application/json", "app-only-token"),
    (500, "", "text/html", "server-failed"), (302, "", "text/html", "redirected"),
  ])
  func whatIsNoListIsAnError(_ status: Int, _ body: String, _ type: String, _ code: String) async throws {
    let bad: [RawServer.Act] = [.answer(status, body, type: type)]
    for script in [[bad], [Self.page([2], next: "2"), bad]] {
      let (result, _) = try await Self.read(script)
      guard case .failure(let error) = result else {
        Issue.record("\(status) \(body) passed")
        continue
      }
      #expect(error.code.rawValue == code, "\(error)")
    }
  }

  @Test func oneOddEntryDoesNotHideTheOthers() async throws {
    let odd = [
      "7", "null", "{}", "{\"id\":5,\"acct\":\"a@b.example\"}", "{\"id\":\"../x\",\"acct\":\"a@b.example\"}",
      "{\"id\":\"1\",\"acct\":\"\"}", "{\"id\":\"2\",\"acct\":\"a@b@c\"}",
      "{\"id\":\"3\",\"acct\":\"@b.example\"}",
      "{\"id\":\"4\",\"acct\":\"a b@c.example\"}", "{\"id\":\"6\",\"acct\":\"a@-.example\"}",
    ]
    let good = Self.account(
      8, more: ",\"fields\":[7,{\"name\":\"XMPP\",\"value\":\"u8@chat.example\"}],\"bot\":true")
    let (result, _) = try await Self.read([[.answer(200, "[\((odd + [good]).joined(separator: ","))]")]])
    let listing = try result.get()
    let entries = listing.entries
    #expect(entries.map(\.address.description) == ["u8@example.org"])
    #expect(listing.isCut, "who stands in an entry that cannot be read is not known")
    #expect(
      entries.first?.stated.map(\.address.description) == ["u8@chat.example"] && entries.first?.isBot == true)
  }

  @Test(arguments: [
    ("\\u202Egnp.exe", "gnp.exe"), ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("a\\u0000\\u0007\\nb", "a b"), ("   ", "u8"), ("", "u8"),
  ])
  func aHostileNameIsMadePrintable(_ name: String, _ shown: String) async throws {
    let body = "[\(Self.account(8, more: ",\"display_name\":\"\(name)\",\"url\":\"javascript:alert(1)\""))]"
    let (result, _) = try await Self.read([[.answer(200, body)]])
    let entry = try #require(try result.get().entries.first)
    #expect(entry.displayName == shown && entry.profileURL == nil)
  }

  @Test func aVeryLongNameIsCut() async throws {
    let name =
      String(repeating: "\u{1F468}\u{200D}", count: 300) + String(repeating: "Z\u{0301}\u{0302}", count: 300)
    let body = "[\(Self.account(8, more: ",\"display_name\":\"\(name)\""))]"
    let (result, _) = try await Self.read([[.answer(200, body)]])
    let entry = try #require(try result.get().entries.first)
    #expect(entry.displayName.unicodeScalars.count <= 60)
  }

  @Test func pagesWithoutAnEndAreAnErrorAndNotAList() async throws {
    let round = try await Self.read([
      Self.page([1, 2], next: "7"), Self.page([3], next: "6"), Self.page([4], next: "7"),
    ])
    let same = try await Self.read((0..<9).map { Self.page([1, 2], next: "\(99 - $0)") })
    let empty = try await Self.read(
      (0..<9).map { Self.page([], next: "\(99 - $0)") }, limits: ListLimits(pages: 6))
    for (result, requests) in [round, same, empty] {
      guard case .failure(let error) = result else {
        Issue.record("passed after \(requests.count) requests")
        continue
      }
      #expect(error.code == .notUnderstood && requests.count <= 6)
    }
  }

  @Test(arguments: [
    "<http://x/>; rel=\"next\"", "<http://x/?max_id=>; rel=next", "<http://x/?max_id=a/../b>; rel=\"next\"",
    "<http://x/?page=2>; rel=\"next\"", "<::?max_id=%00>; rel=\"prev next\"",
    "<http://x/?\(String(repeating: "x", count: PageLink.longest))>; rel=\"prev\"",
  ])
  func aNextPageThatCannotBeAskedForIsAnError(_ link: String) async throws {
    let (result, requests) = try await Self.read([
      [.answer(200, "[\(Self.account(1))]", headers: ["Link": link])]
    ])
    #expect(throws: HomeServerError.self) { try result.get() }
    #expect(requests.count == 1)
  }

  @Test(arguments: ["", "<", ";;,", "<http://x/?max_id=3>; rel=\"prev\"", "rel=\"next\"", "<x>; rel"])
  func withoutANextPageTheListIsOver(_ link: String) async throws {
    let (result, _) = try await Self.read([[.answer(200, "[\(Self.account(1))]", headers: ["Link": link])]])
    #expect(try result.get().entries.count == 1)
  }

  @Test func aGiantListIsCutWhereWeStop() async throws {
    let (result, requests) = try await Self.read(
      (0..<9).map { page in Self.page(Array((page * 10)..<(page * 10 + 10)), next: "\(99 - page)") },
      limits: ListLimits(entries: 25))
    let listing = try result.get()
    #expect(listing.entries.count == 25 && listing.isCut && requests.count == 3)
  }

  @Test func aGiantPageIsRefused() async throws {
    let body = "[" + Self.account(1, more: ",\"note\":\"\(String(repeating: "x", count: 100_000))\"") + "]"
    let (result, _) = try await Self.read([[.answer(200, body)]], limits: ListLimits(pageBytes: 50_000))
    guard case .failure(let error) = result else {
      Issue.record("passed")
      return
    }
    #expect(error.code == .tooLarge)
    // Profiles come with each entry: a page may be longer than other answers.
    #expect(try await Self.read([[.answer(200, body)]]).result.get().entries.count == 1)
  }

  @Test func aServerThatWantsUsToWaitIsWaitedForAFewTimes() async throws {
    let busy: [RawServer.Act] = [
      .answer(429, "{\"error\":\"Too many requests\"}", headers: ["Retry-After": "120"])
    ]
    let slept = Mutex<[Duration]>([])
    let now = Mutex(Date(timeIntervalSince1970: 1_800_000_000))
    let pacer = Pacer(
      now: { now.withLock { $0 } },
      sleep: { wait in
        slept.withLock { $0.append(wait) }
        now.withLock { $0 += TimeInterval(wait.components.seconds + 1) }
      })
    func read(
      _ script: [[RawServer.Act]], _ limits: ListLimits,
      _ discovery: Discovery = Self.discoveryWithoutRelations
    ) async throws -> Result<Int, HomeServerError> {
      try await RawServer.with(script) { server in
        let client = try HomeServerClient(
          address: localAddress(server.port), limits: WireLimits(overall: .seconds(20)), pacer: pacer,
          random: countingBytes(), logger: quietLogger)
        let result: Result<Int, HomeServerError>
        do throws(HomeServerError) {
          result = .success(
            try await client.mutes(Self.token, discovery, limits: limits).entries.count)
        } catch { result = .failure(error) }
        await client.shutdown()
        return result
      }
    }
    let rests = Mutex(0)
    var patient = ListLimits(waits: 2)
    patient.resting = { rest in
      rests.withLock { $0 += 1 }
      try await rest()
    }
    let well = try await read(
      [Self.page([2], next: "2"), busy, busy, Self.page([1], next: nil)], patient)
    #expect(try well.get() == 2 && rests.withLock { $0 } == 2)
    #expect(slept.withLock { $0 } == [.seconds(120), .seconds(120)])
    // The relationships of forty-one come in two answers.
    let many = Self.page(Array(1...41), next: nil)
    let relations: [RawServer.Act] = [.answer(200, "[]")]
    for (waits, isRead) in [(2, true), (1, false)] {
      let script = [many, busy, relations, busy, relations]
      let result = try await read(script, ListLimits(waits: waits), Self.discovery)
      #expect((try? result.get()) == (isRead ? 41 : nil), "\(waits) within a list, not for each answer")
    }
    for limits in [ListLimits(waits: 1), ListLimits(longestWait: .seconds(60))] {
      guard case .failure(let error) = try await read([Self.page([2], next: "2"), busy], limits) else {
        Issue.record("passed")
        continue
      }
      #expect(error.code == .rateLimited && error.retryAfter != nil)
    }
  }

  static let discoveryWithoutRelations = Discovery(
    software: Software(name: "other", version: "1"), origin: Origin(checked: URL(filePath: "/")))

  @Test func withoutAWordAboutNotificationsTheyCountAsMuted() async throws {
    try await withScript([
      Self.page([1, 2, 3], next: nil),
      [.answer(200, "[{\"id\":\"2\",\"muting_notifications\":false},{\"id\":\"3\"}]")],
    ]) {
      client, server in
      let some = try await client.mutes(Self.token, Self.discovery)
      #expect(some.entries.map(\.id) == ["1", "3"])
      #expect(
        server.requests.last.map(path)
          == "/api/v1/accounts/relationships?id%5B%5D=1&id%5B%5D=2&id%5B%5D=3&with_suspended=true")
    }
    try await withScript([Self.page([1, 2], next: nil)]) { client, _ in
      let all = try await client.mutes(Self.token, Self.discoveryWithoutRelations)
      #expect(all.entries.count == 2)
    }
  }

  @Test(arguments: ["", "../admin", "1/../2", "a b", String(repeating: "1", count: 65)])
  func anIdThatIsNoneIsNotAskedFor(_ id: String) async throws {
    try await withScript([[.answer(200, "[]")]]) { client, server in
      let error = await #expect(throws: HomeServerError.self) {
        try await client.following(of: id, Self.token, Self.discovery)
      }
      #expect(error?.code == .badRequest && server.requests.isEmpty)
      #expect(throws: HomeServerError.self) { try Report(account: id, comment: "") }
    }
  }

  @Test func aReportIsSentOnceAndOnlyIfItFits() async throws {
    #expect(throws: HomeServerError.self) {
      try Report(account: "1", comment: String(repeating: "x", count: 1_001))
    }
    try await withScript([[.answer(503, "")]]) { client, server in
      let report = try Report(account: "7", comment: "spam & more", category: .spam, isForwarded: true)
      let error = await #expect(throws: HomeServerError.self) { try await client.report(report, Self.token) }
      #expect(error?.code == .serverFailed && server.requests.count == 1)
      #expect(
        server.requests[0].hasSuffix("account_id=7&comment=spam%20%26%20more&category=spam&forward=true"))
    }
  }
}

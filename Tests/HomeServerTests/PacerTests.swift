// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation
import Synchronization
import Testing

@testable import HomeServer

@Suite struct PacerTests {
  /// A clock that moves when somebody sleeps, or when the test says so.
  final class TestClock: Sendable {
    private let state = Mutex<(now: Date, slept: [Duration])>((Date(timeIntervalSince1970: 1_000_000), []))
    var now: Date { state.withLock { $0.now } }
    var slept: [Duration] { state.withLock { $0.slept } }
    func advance(_ seconds: Double) { state.withLock { $0.now += seconds } }
    func sleep(_ time: Duration) {
      state.withLock {
        $0.slept.append(time)
        $0.now += Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
      }
    }
    func pacer() -> Pacer { Pacer(now: { self.now }, sleep: { self.sleep($0) }) }
  }

  static func notice(remaining: Int, of limit: Int = 300, resetIn: Double) -> RateLimitNotice {
    var notice = RateLimitNotice()
    notice.limit = limit
    notice.remaining = remaining
    notice.resetIn = resetIn
    return notice
  }

  @Test func whoeverKnowsNothingAsks() async throws {
    let clock = TestClock()
    try await clock.pacer().admit(.address, .background)
    #expect(clock.slept.isEmpty)
  }

  @Test func aShortWaitIsMadeAndALongOneIsRefused() async throws {
    let clock = TestClock()
    let pacer = clock.pacer()
    await pacer.note(Self.notice(remaining: 0, resetIn: 1.5), status: 200, for: .address)
    try await pacer.admit(.address, .person)
    #expect(clock.slept == [.seconds(1.5)])
    await pacer.note(Self.notice(remaining: 0, resetIn: 120), status: 200, for: .address)
    let error = await #expect(throws: HomeServerError.self) { try await pacer.admit(.address, .person) }
    #expect(error?.code == .rateLimited && error?.retryAfter == .seconds(120))
    clock.advance(121)
    try await pacer.admit(.address, .person)
  }

  @Test func ourOwnRequestsCountBeforeTheirAnswersCome() async throws {
    let pacer = TestClock().pacer()
    await pacer.note(Self.notice(remaining: 2, resetIn: 100), status: 200, for: .address)
    try await pacer.admit(.address, .person)
    try await pacer.admit(.address, .person)
    await #expect(throws: HomeServerError.self) { try await pacer.admit(.address, .person) }
  }

  @Test func answersThatOvertakeEachOtherDoNotRaiseTheAllowance() async throws {
    let pacer = TestClock().pacer()
    await pacer.note(Self.notice(remaining: 0, resetIn: 100), status: 200, for: .address)
    await pacer.note(Self.notice(remaining: 5, resetIn: 100), status: 200, for: .address)
    await #expect(throws: HomeServerError.self) { try await pacer.admit(.address, .person) }
  }

  @Test func pollingLeavesATenthToPersonsAndNeverWaits() async throws {
    let clock = TestClock()
    let pacer = clock.pacer()
    await pacer.note(Self.notice(remaining: 30, resetIn: 1), status: 200, for: .address)
    let error = await #expect(throws: HomeServerError.self) { try await pacer.admit(.address, .background) }
    #expect(error?.retryAfter == .seconds(1) && clock.slept.isEmpty)
    try await pacer.admit(.address, .person)
  }

  @Test func a429ClosesForAsLongAsTheServerSays() async throws {
    let clock = TestClock()
    let pacer = clock.pacer()
    var notice = RateLimitNotice()
    notice.retryAfter = 30
    await pacer.note(notice, status: 429, for: .address)
    let error = await #expect(throws: HomeServerError.self) { try await pacer.admit(.address, .person) }
    #expect(error?.retryAfter == .seconds(30))
    clock.advance(31)
    try await pacer.admit(.address, .person)
  }

  @Test func oneTokensLimitIsNotAnothers() async throws {
    let pacer = TestClock().pacer()
    let tokens = ["a", "b"].map { Allowance.token(Fingerprint(of: Secret($0))) }
    await pacer.note(Self.notice(remaining: 0, resetIn: 100), status: 200, for: tokens[0])
    try await pacer.admit(tokens[1], .person)
    try await pacer.admit(.address, .person)
    await #expect(throws: HomeServerError.self) { try await pacer.admit(tokens[0], .person) }
  }

  @Test(
    arguments: [
      (
        [
          "x-ratelimit-limit": "300", "x-ratelimit-remaining": "7",
          "x-ratelimit-reset": "2026-01-01T00:05:00.250000Z",
        ], 300.25
      ),
      (["x-ratelimit-reset": "2026-01-01T00:05:00Z"], 300),
      (["x-ratelimit-reset": "2020-01-01T00:00:00Z"], 0),
      (["x-ratelimit-reset": "2099-01-01T00:00:00Z"], 3_600), (["x-ratelimit-reset": "soon"], nil),
    ] as [([String: String], Double?)]) func theResetIsReadByTheServersClock(
      headers: [String: String], resetIn: Double?
    )
  {
    var headers = headers
    headers["date"] = "Thu, 01 Jan 2026 00:00:00 GMT"
    let notice = RateLimitNotice(now: Date(timeIntervalSince1970: 0)) { [headers] in headers[$0] }
    #expect(notice.resetIn.map { ($0 * 100).rounded() / 100 } == resetIn)
  }

  @Test(
    arguments: [
      ("120", 120.0), ("0", 0), ("-5", 0), ("99999999", 3_600), ("Thu, 01 Jan 2026 00:02:00 GMT", 120),
      ("nan", nil),
      ("tomorrow", nil), ("", nil), ("inf", nil),
    ] as [(String, Double?)]) func retryAfterIsSecondsOrADate(text: String, seconds: Double?)
  {
    let headers = ["retry-after": text, "date": "Thu, 01 Jan 2026 00:00:00 GMT"]
    #expect(RateLimitNotice(now: Date()) { headers[$0] }.retryAfter == seconds)
  }

  @Test func pausesGrowAndChanceSpreadsThem() {
    let limits = WireLimits(backOff: .milliseconds(100))
    #expect(limits.pause(beforeRetry: 0, chance: 0) == .milliseconds(100))
    #expect(limits.pause(beforeRetry: 2, chance: 0) == .milliseconds(400))
    #expect(limits.pause(beforeRetry: 1, chance: 0.5) == .milliseconds(150))
  }
}

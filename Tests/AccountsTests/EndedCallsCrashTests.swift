// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import Storage
import Synchronization
import Testing

@testable import Accounts

/// Each call counts once, whatever happens on the way from Kamailio's file into the histories.
@Suite struct EndedCallsCrashTests {
  /// A daemon that is started: with the members, if it is the first time.
  private func start(_ stage: Stage, _ link: ScriptedLink) async throws -> Accounts {
    let accounts = try stage.open(link: link, words: CallHistoryTests.words)
    guard try await accounts.accounts(after: "", matching: nil, limit: 1).isEmpty else { return accounts }
    for name in ["alice", "bob"] {
      let account = try await stage.member(name, in: accounts)
      try await accounts.setService(.sip, on: true, of: account.id, by: .member)
      _ = try await accounts.addDevice(
        NewDevice(name: DeviceName(stored: "App"), app: .other), to: account.id, by: .member)
    }
    return accounts
  }

  private func follow(_ accounts: Accounts) async throws {
    while try await accounts.readEndedCalls() {}
    while try await accounts.runErrands() {}
  }

  private func histories(_ accounts: Accounts) async throws -> [[String]] {
    var all: [[String]] = []
    for account in try await accounts.accounts(after: "", matching: nil, limit: 9) {
      all.append(try await accounts.callHistory(of: account.id).map { "\($0.id) \($0.outcome.rawValue)" })
    }
    return all
  }

  private static let once = [["call0001 unanswered"], ["call0001 missed"]]

  @Test(
    "killed anywhere, the daemon has the call once when it runs again, and tells it once",
    arguments: [FailPoint.beforeLedger, .inLedger, .afterLedger])
  func reading(point: FailPoint) async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let link = ScriptedLink()
    let first = try await start(stage, link)
    try stage.callServer.end("call0001", "alice", "bob", at: stage.clock.now(), .missed)
    stage.failures.crash(at: point)
    await #expect(throws: Stage.Failures.Crash.self) { try await follow(first) }
    try first.ledger.close()
    stage.failures.crash(at: nil)
    for _ in 1...2 {
      let again = try await start(stage, link)
      try await follow(again)
      #expect(try await histories(again) == Self.once)
      try again.ledger.close()
    }
    #expect(link.script.withLock { $0.told }.count == 1)
  }

  @Test(
    "killed after the chat server was told and before that was noted, it tells the same under the same id")
  func telling() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let link = ScriptedLink()
    let first = try await start(stage, link)
    try stage.callServer.end("call0001", "alice", "bob", at: stage.clock.now(), .missed)
    stage.failures.crash(at: .afterErrand)
    await #expect(throws: Stage.Failures.Crash.self) { try await follow(first) }
    try first.ledger.close()
    stage.failures.crash(at: nil)
    let again = try await start(stage, link)
    try await follow(again)
    try await follow(again)
    let told = link.script.withLock { $0.told }
    #expect(told.count == 2 && Set(told).count == 1)
    #expect(try await histories(again) == Self.once)
  }

  @Test("a file that was replaced, emptied or set back is read from its beginning, and no call counts twice")
  func replaced() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let link = ScriptedLink()
    let accounts = try await start(stage, link)
    let now = stage.clock.now()
    let file = stage.callServer
    for number in 1...3 { try file.end("call000\(number)", "alice", "bob", at: now, .missed) }
    try await follow(accounts)

    // Of the same epoch, but shorter: set back to before.
    try file.write("DELETE FROM ended_calls WHERE id > 1")
    try file.write("UPDATE sqlite_sequence SET seq = 1")
    try file.end("call0004", "alice", "bob", at: now, .missed)
    try await follow(accounts)

    // Another one, with as many rows as were read of the last one: only its epoch tells.
    try file.remove()
    for number in [1, 5] { try file.end("call000\(number)", "alice", "bob", at: now, .missed) }
    try await follow(accounts)

    let expected = (1...5).reversed().map { "call000\($0) missed" }
    #expect(try await histories(accounts).last == expected)
    #expect(link.script.withLock { $0.told }.count == 5)
    // Emptied by time: nothing is read again, and nothing missed.
    try file.write("DELETE FROM ended_calls")
    try await follow(accounts)
    try file.end("call0006", "alice", "bob", at: now, .missed)
    try await follow(accounts)
    #expect(try await histories(accounts).last == ["call0006 missed"] + expected)
  }

  @Test("what Kamailio does not write is left out, and what comes after it is read")
  func nonsense() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let link = ScriptedLink()
    let accounts = try await start(stage, link)
    let now = stage.clock.now()
    func row(_ values: String) throws {
      try stage.callServer.write(
        "INSERT INTO ended_calls (call, caller, callee, at, answered, ended, how) VALUES (\(values))")
    }
    try row("'short', 'alice', 'bob', 1, NULL, 2, 'missed'")
    try row("'call\u{2028}<x/>', 'alice', 'bob', \(now.seconds), NULL, \(now.seconds), 'missed'")
    try row("x'0001020304050607', 'alice', 'bob', \(now.seconds), NULL, \(now.seconds), 'missed'")
    try row("'call0001', 'alice@evil.example', 'bob', \(now.seconds), NULL, \(now.seconds), 'missed'")
    try row("'call0002', 'alice', '*', \(now.seconds), NULL, \(now.seconds), 'missed'")
    try row("'call0003', 'alice', 'bob', 'now', NULL, \(now.seconds), 'missed'")
    try row("'call0004', 'alice', 'bob', \(now.seconds), NULL, \(now.seconds - 1), 'missed'")
    try row("'call0005', 'alice', 'bob', \(now.seconds), NULL, 9223372036854775807, 'missed'")
    try row("'call0006', 'alice', 'bob', \(now.seconds), NULL, \(now.seconds), 'MISSED'")
    try row("'call0007', 'nobody', 'bob', \(now.seconds), NULL, \(now.seconds), 'missed'")
    try row("'call0008', 'alice', 'bob', \(now.seconds), 'x', \(now.seconds), 'answered'")
    try await follow(accounts)
    #expect(try await histories(accounts) == [["call0008 answered"], ["call0008 answered"]])
    #expect(link.script.withLock { $0.told }.isEmpty)
    #expect(try await accounts.endedCallsMeasures() == EndedCallsMeasures(waiting: 0, lag: 0))
  }

  @Test("how far behind it is can be told, also by another process and before it ever read")
  func lag() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try await start(stage, ScriptedLink())
    #expect(try await accounts.endedCallsMeasures() == nil)
    #expect(try await accounts.readEndedCalls() == false)
    for number in 1...2 {
      try stage.callServer.end("call000\(number)", "alice", "bob", at: stage.clock.now(), .missed)
    }
    stage.clock.advance(100)
    #expect(try await accounts.endedCallsMeasures() == EndedCallsMeasures(waiting: 2, lag: 40))
    try await follow(accounts)
    #expect(try await accounts.endedCallsMeasures() == EndedCallsMeasures(waiting: 0, lag: 0))
  }

  @Test("the service reads what is written within its interval, and ends when it is told")
  func service() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try await start(stage, ScriptedLink())
    let running = Task { try await EndedCallsFollower(accounts: accounts, interval: .milliseconds(10)).run() }
    for number in 1...3 {
      try stage.callServer.end("call000\(number)", "alice", "bob", at: stage.clock.now(), .missed)
      let deadline = ContinuousClock.now + .seconds(20)
      while try await histories(accounts).first?.count != number, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(5))
      }
      #expect(try await histories(accounts).first?.count == number)
    }
    running.cancel()
    _ = await running.result
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import GRDB
import Storage
import Synchronization
import Testing

@testable import Accounts

/// What becomes of calls that have ended: histories, and who is told.
@Suite struct CallHistoryTests {
  static let words = NoticeWords([
    "call.missed": "You missed a call from {name} ({address}).",
    "call.missed_unnamed": "You missed a call from {address}.",
  ])

  /// Two members with chat, calls, and an app each.
  private struct Pair: Sendable {
    let stage: Stage
    let link = ScriptedLink()
    let accounts: Accounts
    let alice: Account
    let bob: Account

    init(_ stage: Stage, rules: Accounts.Rules? = nil) async throws {
      self.stage = stage
      accounts = try stage.open(rules: rules, link: link, words: words)
      alice = try await Self.member("alice", stage, accounts)
      bob = try await Self.member("bob", stage, accounts)
    }

    static func member(_ name: String, _ stage: Stage, _ accounts: Accounts) async throws -> Account {
      let account = try await stage.member(name, in: accounts)
      try await accounts.setService(.sip, on: true, of: account.id, by: .member)
      _ = try await accounts.addDevice(
        NewDevice(name: DeviceName(stored: "App"), app: .other), to: account.id, by: .member)
      return account
    }

    /// As the daemon's services do.
    func follow() async throws {
      while try await accounts.readEndedCalls() {}
      while try await accounts.runErrands() {}
    }

    func end(_ call: String, _ how: EndedCall.Ending, at offset: Int64 = 0) throws {
      try stage.callServer.end(call, "alice", "bob", at: stage.clock.now() + offset, how)
    }

    /// `in missed alice` and so on, the latest first.
    func history(_ account: Account) async throws -> [String] {
      try await accounts.callHistory(of: account.id).map {
        "\($0.direction.rawValue) \($0.outcome.rawValue) \($0.other.address(at: "x").local ?? "") \($0.seconds.map(String.init) ?? "-")"
      }
    }

    var told: [String] { link.script.withLock { $0.told } }
  }

  private func with(
    rules: Accounts.Rules? = nil, _ body: (Pair) async throws -> Void
  ) async throws {
    let stage = try Stage()
    defer { stage.remove() }
    try await body(Pair(stage, rules: rules))
  }

  @Test(
    "each side's history says what it heard of the call, and only a missed call is told",
    arguments: [
      (EndedCall.Ending.answered, "out answered bob 50", "in answered alice 50" as String?, false),
      (.declined, "out declined bob -", "in declined alice -", false),
      (.missed, "out unanswered bob -", "in missed alice -", true),
      (.refused, "out unanswered bob -", nil, false),
    ])
  func sides(how: EndedCall.Ending, caller: String, callee: String?, isTold: Bool) async throws {
    try await with { pair in
      try pair.end("call0001", how)
      try await pair.follow()
      #expect(try await pair.history(pair.alice) == [caller])
      #expect(try await pair.history(pair.bob) == [callee].compactMap { $0 })
      let notice =
        "bob: missed-call0001 alice@example.social \(pair.stage.clock.now().seconds) "
        + "You missed a call from \u{2068}alice\u{2069} (alice@example.social)."
      #expect(pair.told == (isTold ? [notice] : []))
    }
  }

  @Test("a notice that comes late says so") func late() async throws {
    try await with { pair in
      for (call, wait) in [("call0001", 179), ("call0002", 180)] {
        try pair.end(call, .missed)
        pair.stage.clock.advance(Int64(wait))
        try await pair.follow()
      }
      #expect(pair.told.map { $0.contains(" late: ") } == [false, true])
    }
  }

  @Test(
    "whom a member called in vain stands there in one way, whether they may be called, are there at all, or go later"
  )
  func nothingLeaks() async throws {
    try await with { pair in
      let (now, file) = (pair.stage.clock.now(), pair.stage.callServer)
      try file.end("call0001", "alice", "bob", at: now, .missed)
      try file.end("call0002", "alice", "bob", at: now, .refused)
      try file.end("call0003", "alice", "nobody_here", at: now, .refused)
      try await pair.follow()
      func fields() async throws -> [[String]] {
        try await pair.accounts.callHistory(of: pair.alice.id).map {
          [$0.direction.rawValue, $0.outcome.rawValue, "\($0.at)", "\($0.seconds as Any)", $0.displayName]
        }
      }
      let before = try await fields()
      #expect(before.count == 3 && Set(before).count == 1)
      try await pair.accounts.delete(pair.bob.id, by: .admin)
      #expect(try await fields() == before)
      // What the member's own people are called is theirs to know.
      let alice = try #require(try await pair.accounts.ledger.read { try $0.account(pair.alice.id) })
      let person = Person(
        id: "1", address: try Address("nobody_here@example.social"), displayName: "Nobody", follows: true,
        followsBack: false)
      _ = try await pair.accounts.ledger.write { try $0.setPeople([person], of: alice) }
      #expect(try await fields().map { $0[4] } == ["Nobody", "", ""])
    }
  }

  @Test("a call to oneself stands there once, and is no missed one")
  func oneself() async throws {
    try await with { pair in
      try pair.stage.callServer.end("call0001", "bob", "bob", at: pair.stage.clock.now(), .missed)
      try await pair.follow()
      #expect(try await pair.history(pair.bob) == ["out unanswered bob -"])
      #expect(pair.told == [])
    }
  }

  @Test("who has chat off is told nothing, then or later; their history has the call")
  func withoutChat() async throws {
    try await with { pair in
      try await pair.accounts.setService(.xmpp, on: false, of: pair.bob.id, by: .member)
      try pair.end("call0001", .missed)
      try await pair.follow()
      try await pair.accounts.setService(.xmpp, on: true, of: pair.bob.id, by: .member)
      try await pair.follow()
      #expect(pair.told == [])
      #expect(try await pair.history(pair.bob) == ["in missed alice -"])
    }
  }

  @Test("a notice waits for the link, and is told again with the same id until the chat server has it")
  func waiting() async throws {
    try await with { pair in
      pair.link.script.withLock { $0.isUp = false }
      try pair.end("call0001", .missed)
      try await pair.follow()
      #expect(pair.told == [])
      pair.link.script.withLock {
        $0.isUp = true
        $0.failures = [ChatLinkError(.unavailable, cause: "It went away.")]
      }
      try await pair.follow()
      pair.stage.clock.advance(10)
      try await pair.follow()
      try await pair.follow()
      #expect(pair.told.count == 2 && Set(pair.told).count == 1)
    }
  }

  @Test("a contact that waits does not hold up a missed call of the same person, nor the other way round")
  func besideContacts() async throws {
    try await with { pair in
      let now = pair.stage.clock.now()
      let alice = Address(pair.alice.handle)
      try await pair.accounts.ledger.write { writer in
        try writer.addErrand(.ask, alice, of: pair.bob.id, batch: "b", at: now)
      }
      pair.link.script.withLock { $0.failures = [ChatLinkError(.refused, cause: "No.")] }
      try pair.end("call0001", .missed)
      try await pair.follow()
      #expect(pair.told.count == 1)
      #expect(try await pair.accounts.contacts(of: pair.bob.id).coming == [alice])
      await #expect(throws: AccountsError.noSuchContact) {
        try await pair.accounts.progress(of: "call0001", account: pair.bob.id)
      }
    }
  }

  @Test(
    "after the days that the admin has set, calls go; with none, no history is kept and missed calls are told all the same"
  )
  func retention() async throws {
    try await with { pair in
      pair.stage.clock.advance(40 * 86_400)
      // What was found too late, since the daemon was down.
      try pair.end("call0001", .answered, at: -31 * 86_400)
      try pair.end("call0002", .answered)
      try await pair.follow()
      #expect(try await pair.accounts.callHistory(of: pair.alice.id).map(\.id.text) == ["call0002"])
      pair.stage.clock.advance(30 * 86_400 - 1)
      try await pair.accounts.tidy()
      #expect(try await pair.history(pair.alice).count == 1)
      pair.stage.clock.advance(2)
      try await pair.accounts.tidy()
      #expect(try await pair.history(pair.alice).isEmpty)
    }
    let none = Accounts.Rules(domain: "example.social", services: [.xmpp, .sip], callHistoryDays: 0)
    try await with(rules: none) { pair in
      try pair.end("call0001", .missed)
      try await pair.follow()
      // By a client's clock, which may be ahead.
      for offset: Int64 in [-10, 10] {
        let call = HistoryCall(
          id: CallID(stored: "chat-\(offset)"), other: .elsewhere(Address(stored: "carol@elsewhere.example")),
          displayName: "", direction: .incoming, at: pair.stage.clock.now() + offset, seconds: nil,
          outcome: .missed)
        try await pair.accounts.note(call, of: pair.alice.id)
      }
      #expect(try await pair.history(pair.alice).isEmpty)
      #expect(try await pair.history(pair.bob).isEmpty)
      #expect(pair.told.count == 1)
      // Not even that it was told.
      let file = pair.stage.folder.appending(path: "ledger/ledger.sqlite")
      let left = try await DatabaseQueue(path: file.path).read { database in
        try Int.fetchOne(database, sql: "SELECT count(*) FROM errands")
      }
      #expect(left == 0)
    }
  }

  @Test("forgetting is of one's own side alone, one call or all, and what is forgotten does not come back")
  func forgetting() async throws {
    try await with { pair in
      for number in 1...3 { try pair.end("call000\(number)", .answered, at: Int64(number)) }
      try await pair.follow()
      let (alice, accounts) = (pair.alice.id, pair.accounts)
      try await accounts.removeCall(CallID(stored: "call0002"), of: alice, by: .member)
      #expect(try await accounts.callHistory(of: alice).map(\.id.text) == ["call0003", "call0001"])
      await #expect(throws: AccountsError.noSuchCall) {
        try await accounts.removeCall(CallID(stored: "call0002"), of: alice, by: .member)
      }
      try await accounts.clearCalls(of: alice, by: .member)
      // Another file, in which the same calls stand: it is read from its beginning.
      try pair.stage.callServer.remove()
      for number in 1...4 { try pair.end("call000\(number)", .answered, at: Int64(number)) }
      try await pair.follow()
      #expect(try await accounts.callHistory(of: alice).map(\.id.text) == ["call0004"])
      #expect(try await accounts.callHistory(of: pair.bob.id).count == 4)
    }
  }

  @Test("pages follow each other without a gap, also among calls of the same second")
  func pages() async throws {
    try await with { pair in
      for number in 1...5 { try pair.end("call000\(number)", .answered) }
      try await pair.follow()
      var (seen, before): ([String], CallID?) = ([], nil)
      while true {
        let page = try await pair.accounts.callHistory(of: pair.alice.id, before: before, limit: 2)
        seen += page.map(\.id.text)
        guard let last = page.last else { break }
        before = last.id
      }
      #expect(seen == (1...5).reversed().map { "call000\($0)" })
      await #expect(throws: AccountsError.noSuchCall) {
        try await pair.accounts.callHistory(of: pair.alice.id, before: CallID(stored: "nowhere1"))
      }
    }
  }

  @Test("a history has an end: the oldest go")
  func bounds() async throws {
    try await with { pair in
      let now = pair.stage.clock.now()
      try await pair.accounts.ledger.write { writer in
        for number in 1...4 {
          let call = EndedCall(
            id: CallID(stored: "call000\(number)"), caller: pair.alice.name, callee: pair.bob.name,
            began: now + Int64(number), answered: nil, ended: now + 9, ending: .missed)
          try writer.addToHistory(
            call, of: pair.alice.id, with: pair.bob.id, .outgoing, .unanswered, keeping: 3)
        }
      }
      #expect(
        try await pair.accounts.callHistory(of: pair.alice.id).map(\.id.text)
          == ["call0004", "call0003", "call0002"])
    }
  }

  @Test(
    "switching calls off empties the member's history, with what they were still to be told; the other side keeps theirs"
  )
  func switchedOff() async throws {
    try await with { pair in
      pair.link.script.withLock { $0.isUp = false }
      try pair.end("call0001", .missed)
      try await pair.follow()
      try await pair.accounts.setService(.sip, on: false, of: pair.bob.id, by: .member)
      // The call that ended with that comes a moment later.
      try pair.end("call0002", .answered)
      pair.link.script.withLock { $0.isUp = true }
      try await pair.follow()
      #expect(try await pair.history(pair.bob) == [])
      #expect(try await pair.history(pair.alice) == ["out answered bob 50", "out unanswered bob -"])
      #expect(pair.told == [])
    }
  }

  @Test("with a deleted account goes its history and its place in others', also what comes later")
  func deleted() async throws {
    try await with { pair in
      try pair.end("call0001", .answered)
      try await pair.follow()
      try await pair.accounts.delete(pair.bob.id, by: .admin)
      try pair.end("call0002", .answered)
      try await pair.follow()
      #expect(try await pair.history(pair.alice) == [])
      #expect(
        try await pair.accounts.ledger.read { try $0.callHistory(of: pair.bob.id, before: nil, limit: 9) }
          == [])
    }
  }

  @Test("a call of whoever had the name before is nobody's")
  func namesake() async throws {
    try await with { pair in
      try pair.end("call0001", .missed, at: -1)
      try await pair.follow()
      #expect(try await pair.history(pair.alice) == [])
      #expect(try await pair.history(pair.bob) == [])
      #expect(pair.told == [])
    }
  }

  @Test("a name that was written to deceive is tamed, and one that is empty left out")
  func names() async throws {
    try await with { pair in
      for (name, sentence) in [
        ("\u{202E}evil\nname", "You missed a call from \u{2068}evil name\u{2069} (alice@example.social)."),
        ("", "You missed a call from alice@example.social."),
      ] {
        try await pair.accounts.ledger.write { writer in
          var alice = pair.alice
          alice.services = [.xmpp, .sip]
          alice.displayName = name
          try writer.update(alice)
        }
        try pair.end("call-\(name.isEmpty ? "b" : "a")-01", .missed)
        try await pair.follow()
        #expect(pair.told.last?.hasSuffix(sentence) == true, "\(pair.told)")
      }
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import HTTPTypes
import HummingbirdTesting
import Storage
import Testing

@testable import Accounts
@testable import Portal

/// The page “Calls”.
@Suite struct CallHistoryPageTests {
  @Test func callsAreListedAndForgotten() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member(calls: true)
      let bob = try await stage.member("bob", displayName: "Bob\u{202E} <b>", calls: true)
      try await stage.accounts.record("call0001", alice.account, bob.account, .incoming, .missed)
      try await stage.accounts.record("call0002", alice.account, bob.account, .outgoing, .answered, 61)
      try await stage.accounts.record("call0003", bob.account, alice.account, .outgoing, .unanswered)
      let page = try await client.page("/calls", alice).text
      #expect(page.contains("Missed") && page.contains("Outgoing</span>") && page.contains("2 minutes"))
      #expect(
        page.contains("Bob &lt;b&gt;") && page.contains("bob@social.localhost") && !page.contains("\u{202E}"))
      #expect(page.contains("Calls stay here for 30 days"))
      #expect(!page.contains("no answer"), "what is bob's alone")

      // Somebody else's form, one without the token, one of nothing.
      for (form, status) in [
        (["call": "call0001", "csrf": Optional("x")], HTTPResponse.Status.forbidden),
        (["call": "call0001", "csrf": nil], .forbidden), (["call": "<nothing>"], .badRequest),
        ([:], .badRequest),
      ] { #expect(try await client.post("/calls/remove", form, alice).status == status) }
      #expect(try await client.post("/calls/remove", ["call": "call0003"], alice).leads == "/calls?done=gone")
      #expect(
        try await client.post("/calls/remove", ["call": "call0001"], alice).leads == "/calls?done=removed")
      #expect(try await client.page("/calls?done=removed", alice).text.contains("The call is off the list."))

      #expect(try await client.page("/calls/clear", alice).text.contains("Clear the list of calls?"))
      #expect(try await client.post("/calls/clear", ["csrf": "x"], alice).status == .forbidden)
      #expect(try await stage.accounts.callHistory(of: alice.account).count == 1)
      #expect(try await client.post("/calls/clear", [:], alice).leads == "/calls?done=cleared")
      #expect(try await client.page("/calls", alice).text.contains("No calls yet"))
      #expect(try await stage.accounts.callHistory(of: bob.account).count == 1)
    }
  }

  @Test func manyCallsHavePages() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member(calls: true)
      let bob = try await stage.member("bob", calls: true)
      for number in 1...51 {
        try await stage.accounts.record(
          "call-\(1000 + number)", alice.account, bob.account, .incoming, .declined)
      }
      let first = try await client.page("/calls", alice).text
      #expect(first.contains("/calls?before=call-1002") && first.matches(of: #/class="person"/#).count == 50)
      let second = try await client.page("/calls?before=call-1002", alice).text
      #expect(second.contains("call-1001") && !second.contains("Older calls"))
      for odd in ["nowhere1", "", "%00", "'%20OR%201"] {
        #expect(try await client.page("/calls?before=\(odd)", alice).leads == "/calls", "\(odd)")
      }
    }
  }

  @Test func whereNoneAreKeptThePagePromisesNone() async throws {
    try await PageStage.with(historyDays: 0) { stage, client in
      let page = try await client.page("/calls", stage.member(calls: true)).text
      #expect(page.contains("keeps no history of calls."))
      #expect(!page.contains("appear here") && !page.contains("No calls yet"))
    }
  }

  @Test func whoHasCallsOffIsAskedAndWhoSwitchesThemOffIsWarned() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      #expect(try await client.page("/calls", alice).leads == "/calls/on")
      #expect(!(try await client.page("/devices", alice).text.contains("href=\"/calls\"")))
      let bob = try await stage.member("bob", calls: true)
      #expect(try await client.page("/devices", bob).text.contains("href=\"/calls\""))
      #expect(try await client.page("/calls/off", bob).text.contains("Your list of calls is emptied"))
      #expect(try await client.page("/settings", bob).text.contains("Your list of calls"))
    }
    try await PageStage.with(calls: false) { stage, client in
      let alice = try await stage.member()
      #expect(try await client.page("/calls", alice).status == .notFound)
      #expect(try await client.page("/api/v1/calls", alice).status == .notFound)
    }
  }
}

extension Accounts {
  /// A call in one member's history, which began now.
  func record(
    _ call: String, _ account: Account.ID, _ other: Account.ID, _ direction: HistoryCall.Direction,
    _ outcome: CallOutcome, _ seconds: Int64? = nil
  ) async throws {
    let now = clock()
    let name = try await self.account(other).name
    let ended = EndedCall(
      id: CallID(stored: call), caller: name, callee: name, began: now,
      answered: seconds.map { now + -$0 }, ended: now, ending: seconds == nil ? .missed : .answered)
    try await ledger.write { writer in
      try writer.addToHistory(ended, of: account, with: other, direction, outcome, keeping: 1_000)
    }
  }
}

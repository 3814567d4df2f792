// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Portal

extension PeopleAPITests {
  /// All that the document says of the history of calls.
  func callHistory(_ calls: DocumentedCalls) async throws {
    try await PortalStage.with { stage, client in
      let alice = try await stage.member(calls: true)
      let bob = try await stage.member("bob", calls: true)
      let browser = try await stage.browser(of: alice, client)
      let stranger = stage.stranger(client)
      let forged = browser.but { $0.token = "Zm9yZ2Vk" }
      try await stage.accounts.record("call0001", alice.id, bob.id, .incoming, .missed)
      try await stage.accounts.record("call0002", alice.id, bob.id, .outgoing, .answered, 61)
      try await stage.accounts.record("call0003", bob.id, alice.id, .outgoing, .unanswered)

      let listed = try await calls.call(browser, "GET /calls", gives: 200)
      let all = try #require(listed["calls"] as? [[String: Any]])
      #expect(all.map { $0["id"] as? String } == ["call0002", "call0001"])
      #expect(all[0]["address"] as? String == "bob@example.social" && all[0]["name"] as? String == "Bob")
      #expect(all[0]["direction"] as? String == "out" && all[0]["seconds"] as? Int == 61)
      #expect(all[1]["outcome"] as? String == "missed" && all[1]["seconds"] is NSNull)
      let rest = try await calls.call(browser, "GET /calls", query: "?before=call0002", gives: 200)
      #expect((rest["calls"] as? [[String: Any]])?.map { $0["id"] as? String } == ["call0001"])
      for odd in ["", "short", "%00%00%00%00%00%00%00%00", "a%27%20OR%201=1"] {
        let bad = try await calls.call(
          browser, "GET /calls", query: "?before=\(odd)", gives: 400, "bad-request")
        #expect(bad["field"] as? String == "before")
      }
      // Bob's, and nobody's.
      for other in ["call0003", "nowhere1"] {
        try await calls.call(browser, "GET /calls", query: "?before=\(other)", gives: 404, "not-found")
        try await calls.call(browser, "DELETE /calls/{id}", id: other, gives: 404, "not-found")
      }
      try await calls.call(browser, "DELETE /calls/{id}", id: "x", gives: 404, "not-found")
      try await calls.call(stranger, "GET /calls", gives: 401, "signed-out")
      try await calls.call(stranger, "DELETE /calls", gives: 401, "signed-out")
      try await calls.call(forged, "DELETE /calls", gives: 403, "form-expired")
      try await calls.call(stranger, "DELETE /calls/{id}", id: "call0001", gives: 401, "signed-out")
      try await calls.call(forged, "DELETE /calls/{id}", id: "call0001", gives: 403, "form-expired")
      #expect(try await stage.accounts.callHistory(of: alice.id).count == 2)
      try await calls.call(browser, "DELETE /calls/{id}", id: "call0001", gives: 204)
      #expect(try await stage.accounts.callHistory(of: alice.id).map(\.id.text) == ["call0002"])
      try await calls.call(browser, "DELETE /calls", gives: 204)
      try await calls.call(browser, "DELETE /calls", gives: 204)
      #expect(try await stage.accounts.callHistory(of: alice.id).isEmpty)
      #expect(try await stage.accounts.callHistory(of: bob.id).count == 1)
      try await notedCalls(calls, stage, browser, stranger, forged, of: alice.id)
      #expect(try await stage.accounts.callHistory(of: bob.id).count == 1, "nobody else's")
    }
  }

  /// Calls that the client tells of.
  private func notedCalls(
    _ calls: DocumentedCalls, _ stage: PortalStage, _ browser: PortalBrowser, _ stranger: PortalBrowser,
    _ forged: PortalBrowser, of alice: Account.ID
  ) async throws {
    func moment(_ offset: Int64) -> String { (stage.clock.now() + offset).date.ISO8601Format() }
    func body(_ changes: [String: String?] = [:]) throws -> String {
      var fields: [String: String?] = [
        "id": "chat-0001", "address": "carol@elsewhere.example", "direction": "out", "at": moment(-90),
        "answered_at": moment(-80), "ended_at": moment(-20), "outcome": "answered",
      ]
      fields.merge(changes) { $1 }
      return String(decoding: try JSONEncoder().encode(fields), as: UTF8.self)
    }
    let call = "POST /calls"
    try await calls.call(browser, call, body(), gives: 204)
    try await calls.call(
      browser, call,
      body(["outcome": "unanswered", "answered_at": nil, "ended_at": nil]), gives: 204)
    try await calls.call(
      browser, call,
      body([
        "id": "chat-0002", "address": "bob@example.social", "direction": "in", "outcome": "missed",
        "at": moment(-10),
        "answered_at": nil, "ended_at": nil,
      ]), gives: 204)
    let told = try await stage.accounts.callHistory(of: alice)
    #expect(told.map(\.id.text) == ["chat-0002", "chat-0001"], "the first word on a call stays")
    #expect(
      told.map { $0.other.address(at: "example.social").description }
        == ["bob@example.social", "carol@elsewhere.example"])
    #expect(told.map(\.seconds) == [nil, 60] && told.map(\.outcome) == [.missed, .answered])

    for (changes, field) in [
      (["id": "short"], "id"), (["id": nil], "id"), (["address": "elsewhere.example"], "address"),
      (["address": "a b@c"], "address"), (["direction": "both"], "direction"),
      (["outcome": "rang"], "outcome"),
      (["at": nil], "at"), (["at": "yesterday"], "at"), (["ended_at": nil], "ended_at"),
      (["length": "60"], "length"),
    ] as [([String: String?], String)] {
      let bad = try await calls.call(browser, call, body(changes), gives: 400, "bad-request")
      #expect(bad["field"] as? String == field, "\(changes)")
    }
    for changes in [
      ["outcome": "missed"], ["outcome": "missed", "answered_at": nil, "ended_at": nil],
      ["outcome": "answered", "answered_at": nil, "ended_at": nil], ["ended_at": moment(-81)],
      ["ended_at": moment(8 * 86_400)], ["address": "alice@example.social"],
    ] as [[String: String?]] {
      try await calls.call(browser, call, body(changes), gives: 400, "bad-choice")
    }
    for at in [moment(400), moment(-31 * 86_400)] {
      try await calls.call(browser, call, body(["id": "chat-0003", "at": at]), gives: 204)
    }
    let large = try body(["id": String(repeating: "x", count: 20_000)])
    try await calls.call(browser, call, large, gives: 413, "too-large")
    try await calls.call(stranger, call, body(), gives: 401, "signed-out")
    try await calls.call(forged, call, body(), gives: 403, "form-expired")
    let plain = browser.but { $0.contentType = "text/plain" }
    try await calls.call(plain, call, body(), gives: 415, "wrong-media-type")
    #expect(
      try await stage.accounts.callHistory(of: alice).count == 2,
      "what is refused, or not kept, changes nothing")
  }
}

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
    }
  }
}

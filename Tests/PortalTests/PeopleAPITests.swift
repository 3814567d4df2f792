// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import HTTPTypes
import HummingbirdTesting
import Storage
import Testing

@testable import Accounts
@testable import Portal

/// Contacts, requests and privacy for programs.
@Suite("The API of people")
struct PeopleAPITests {
  private static let bob = #"{"addresses":["bob@example.org"]}"#

  @Test("describes every answer as it is, and no answer that does not exist")
  func answers() async throws {
    let calls = try DocumentedCalls()
    let link = StandInLink()
    try await PortalStage.with(homeServer: true, link: link) { stage, client in
      let alice = try await stage.member(calls: true)
      let browser = try await stage.browser(of: alice, client)
      let stranger = stage.stranger(client)
      let forged = browser.but { $0.token = "Zm9yZ2Vk" }
      let plain = browser.but { $0.contentType = "text/plain" }
      let large = #"{"address":"\#(String(repeating: "x", count: 20_000))"}"#
      let giant = #"{"addresses":["\#(String(repeating: "x", count: 250_000))"]}"#
      let friend = try Address("friend@example.org")
      let asks = try Address("asks@example.org")
      let mallory = try Address("mallory@example.org")
      let now = stage.clock.now()
      try await stage.accounts.ledger.write { writer in
        _ = try writer.setContacts(
          ContactBook(
            contacts: [Contact(address: friend, name: "Friend", subscription: .both)],
            asking: [.init(address: asks, at: now)]), of: alice.id, at: now)
      }
      link.set {
        $0.requests[alice.name] = [
          MessageRequest(
            sender: mallory, first: now, last: now, count: 2,
            said: [.init(at: now, kind: .message, text: "Hello"), .init(at: now, kind: .call, text: "")])
        ]
        $0.sight = Sight(online: 1, seenBy: [friend])
      }

      let listed = try await calls.call(browser, "GET /contacts", gives: 200)
      #expect((listed["contacts"] as? [[String: Any]])?.first?["name"] as? String == "Friend")
      let preview = try await calls.call(
        browser, "POST /contacts/preview", #"{"addresses":["bob@example.org","friend@example.org"]}"#,
        gives: 200)
      #expect(
        (preview["people"] as? [[String: Any]])?.map { $0["outcome"] as? String } == [
          "will-ask", "is-contact",
        ])
      let batch = try await calls.call(browser, "POST /contacts", Self.bob, gives: 202)
      let id = try #require(batch["id"] as? String)
      #expect(
        try await calls.call(browser, "GET /contacts/batches/{id}", id: id, gives: 200)["waiting"] as? Int
          == 1)
      try await calls.call(browser, "POST /contacts", Self.bob, gives: 400, "bad-choice")
      try await calls.call(browser, "POST /contacts/preview", #"{"addresses":[]}"#, gives: 400, "bad-choice")

      let answer = #"{"address":"asks@example.org","accept":true}"#
      let remove = #"{"address":"friend@example.org"}"#
      let request = #"{"from":"mallory@example.org","accept":false}"#
      let privacy = #"{"presence":"chosen","chat":"contacts"}"#
      let chosen = #"{"addresses":["friend@example.org"]}"#
      let report =
        #"{"from":"mallory@example.org","account":"7","category":"spam","comment":"","said":[],"forward":false,"block":false}"#
      let about = "?from=mallory@example.org"
      for (operation, body) in [
        ("GET /contacts", nil), ("GET /contacts/batches/{id}", nil), ("GET /requests", nil),
        ("GET /quiet-calls", nil), ("GET /privacy", nil), ("GET /privacy/sight", nil),
        ("POST /contacts", Self.bob), ("POST /contacts/preview", Self.bob), ("POST /contacts/remove", remove),
        ("POST /contacts/answer", answer), ("POST /requests/answer", request), ("PATCH /privacy", privacy),
        ("GET /people", nil), ("GET /relations", nil), ("PATCH /relations", #"{"keep_access":true}"#),
        ("PUT /privacy/chosen", chosen), ("DELETE /contacts/batches/{id}", nil),
        ("GET /requests/report", nil), ("POST /requests/report", report),
      ] {
        try await calls.call(stranger, operation, body, id: id, gives: 401, "signed-out")
        guard !operation.hasPrefix("GET") else { continue }
        try await calls.call(forged, operation, body, id: id, gives: 403, "form-expired")
        guard let body else { continue }
        try await calls.call(plain, operation, body, gives: 415, "wrong-media-type")
        let takesMany = body.contains("addresses")
        try await calls.call(browser, operation, takesMany ? giant : large, gives: 413, "too-large")
        try await calls.call(browser, operation, #"{"nonsense":1}"#, gives: 400, "bad-request")
      }
      #expect(link.now.answers.isEmpty)

      let account = alice
      _ = try await stage.accounts.ledger.write {
        try $0.setPeople(
          [
            Person(
              id: "7", address: Address(stored: "zoe@elsewhere.example"), displayName: "Zoë", follows: true,
              followsBack: true, stated: [StatedAddress(service: .xmpp, address: friend)])
          ], of: account)
      }
      let people = try await calls.call(browser, "GET /people", gives: 200)
      #expect(people["mutual"] as? Int == 1)
      let zoe = (people["people"] as? [[String: Any]])?.first
      #expect((zoe?["chat"] as? [String: Any])?["address"] as? String == "friend@example.org")
      #expect((zoe?["chat"] as? [String: Any])?["verified"] as? Bool == true)
      for odd in ["?ties=friends", "?ties=", "?after=x", "?after=%00"] {
        try await calls.call(browser, "GET /people", query: odd, gives: 400, "bad-request")
      }
      let relations = try await calls.call(browser, "PATCH /relations", #"{"keep_access":true}"#, gives: 200)
      #expect(relations["keeps_access"] as? Bool == true)
      #expect(try await calls.call(browser, "GET /relations", gives: 200)["keeps_access"] as? Bool == true)
      let waiting = try await calls.call(browser, "GET /requests", gives: 200)
      #expect((waiting["requests"] as? [[String: Any]])?.first?["count"] as? Int == 2)
      try await calls.call(
        browser, "GET /requests/report", query: about, gives: 502, "server-unreachable")
      try await calls.call(browser, "POST /requests/report", report, gives: 502, "server-unreachable")
      try await calls.call(browser, "GET /requests/report", gives: 400, "bad-request")
      try await calls.call(browser, "POST /requests/answer", request, gives: 204)
      try await calls.call(browser, "GET /requests/report", query: about, gives: 404, "not-found")
      try await calls.call(browser, "POST /requests/report", report, gives: 404, "not-found")
      try await calls.call(browser, "POST /requests/answer", request, gives: 404, "not-found")
      try await calls.call(browser, "POST /contacts/answer", answer, gives: 204)
      try await calls.call(
        browser, "POST /contacts/answer", #"{"address":"who@example.org","accept":true}"#, gives: 404,
        "not-found")
      #expect(
        try await calls.call(browser, "PATCH /privacy", privacy, gives: 200)["calls"] as? String == "followed"
      )
      #expect(
        try await calls.call(browser, "PUT /privacy/chosen", chosen, gives: 200)["chosen"] as? [String]
          == ["friend@example.org"])
      try await calls.call(browser, "PUT /privacy/chosen", Self.bob, gives: 404, "not-found")
      #expect(try await calls.call(browser, "GET /privacy", gives: 200)["presence"] as? String == "chosen")
      let sight = try await calls.call(browser, "GET /privacy/sight", gives: 200)
      #expect(sight["seen_by"] as? [String] == ["friend@example.org"])
      try await calls.call(browser, "POST /contacts/remove", remove, gives: 204)
      try await calls.call(
        browser, "POST /contacts/remove", #"{"address":"who@example.org"}"#, gives: 404, "not-found")
      try await calls.call(browser, "DELETE /contacts/batches/{id}", id: id, gives: 204)
      try await calls.call(browser, "DELETE /contacts/batches/{id}", id: "nobodys", gives: 404, "not-found")
      try await calls.call(browser, "GET /contacts/batches/{id}", id: "nobodys", gives: 404, "not-found")
      try await calls.call(browser, "GET /quiet-calls", gives: 200)

      link.set { $0.isAway = true }
      try await calls.call(browser, "GET /requests", gives: 503, "chat-server-away")
      try await calls.call(browser, "POST /requests/answer", request, gives: 503, "chat-server-away")
      try await calls.call(browser, "GET /requests/report", query: about, gives: 503, "chat-server-away")
      try await calls.call(browser, "POST /requests/report", report, gives: 503, "chat-server-away")
      #expect(try await calls.call(browser, "GET /privacy/sight", gives: 200)["known"] as? Bool == false)
      let quiet = try await stage.browser(of: stage.member("carol", chat: false), client)
      try await calls.call(quiet, "POST /contacts", Self.bob, gives: 409, "service-off")
      try stage.breakProjection()
      try await calls.call(browser, "PATCH /privacy", #"{"presence":"nobody"}"#, gives: 503, "unavailable")
      try await calls.call(browser, "PUT /privacy/chosen", #"{"addresses":[]}"#, gives: 503, "unavailable")
    }
    try await reports(calls)
    try await callHistory(calls)
    #expect(calls.missed(ofPeople: true) == [], "documented, but never given")
  }

  private func reports(_ calls: DocumentedCalls) async throws {
    try await ReportStage.with(from: "alice@elsewhere.example", saying: ["Hello"]) { stage in
      let browser = PortalBrowser(
        client: stage.portal, cookie: "__Host-trunkline=\(stage.alice.cookie.reveal())",
        token: stage.alice.csrf, origin: PageStage.origin)
      let about = "?from=alice@elsewhere.example"
      let draft = try await calls.call(browser, "GET /requests/report", query: about, gives: 200)
      let account = try #require(draft["account"] as? [String: Any])
      #expect(account["verified"] as? Bool == false && account["elsewhere"] as? Bool == true)
      #expect(draft["allowed"] as? Bool == false)
      #expect((draft["page"] as? String)?.hasPrefix(PageStage.origin + "/requests/report?from=") == true)
      let said = try #require((draft["said"] as? [[String: Any]])?.first?["name"] as? String)
      let body = { (said: String, comment: String, category: String) in
        """
        {"from":"alice@elsewhere.example","account":"\(account["id"] as? String ?? "")","category":"\(category)",
        "comment":"\(comment)","said":["\(said)"],"forward":false,"block":true}
        """
      }
      let good = body(said, "Look", "other")
      try await calls.call(browser, "POST /requests/report", good, gives: 403, "permission-needed")
      try await stage.permit()
      let long = String(repeating: "x", count: 501)
      for (odd, field) in [
        (body("s3cret", "", "spam"), "said"), (body(said, long, "spam"), "comment"),
        (body(said, "", "legal"), "category"),
      ] {
        let answer = try await calls.call(browser, "POST /requests/report", odd, gives: 400, "bad-request")
        #expect(answer["field"] as? String == field)
      }
      #expect(try await stage.filed().isEmpty)
      let done = try await calls.call(browser, "POST /requests/report", good, gives: 200)
      #expect(done["refused"] as? Bool == true)
      #expect(try await stage.filed().first?.comment.contains("Hello") == true)
    }
  }

  @Test(
    "names the field that is at fault, and changes nothing",
    arguments: [
      ("POST", "/contacts", "{}", "addresses"),
      ("POST", "/contacts", #"{"addresses":"bob@example.org"}"#, "addresses"),
      ("POST", "/contacts", #"{"addresses":[7]}"#, "addresses"),
      ("POST", "/contacts", #"{"addresses":["s3cret s3cret"]}"#, "addresses"),
      ("POST", "/contacts", #"{"addresses":["s3cret\u202e@example.org"]}"#, "addresses"),
      ("POST", "/contacts", #"{"addresses":[["bob@example.org"]]}"#, "addresses"),
      ("POST", "/contacts/preview", #"{"addresses":[null]}"#, "addresses"),
      ("POST", "/contacts/remove", #"{"address":"s3cret/x@y"}"#, "address"),
      ("POST", "/contacts/answer", #"{"address":"bob@example.org"}"#, "accept"),
      ("POST", "/contacts/answer", #"{"address":"bob@example.org","accept":"yes"}"#, "accept"),
      ("POST", "/requests/answer", #"{"from":["bob@example.org"],"accept":true}"#, "from"),
      ("PATCH", "/privacy", #"{"presence":"s3cret"}"#, "presence"),
      ("PATCH", "/privacy", #"{"presence":1}"#, "presence"),
      ("PATCH", "/privacy", #"{"presence":"everyone"}"#, "presence"),
      ("PATCH", "/privacy", #"{"chat":"nobody"}"#, "chat"),
      ("PATCH", "/privacy", #"{"chat":"everyone","calls":"Everyone"}"#, "calls"),
      ("PATCH", "/privacy", #"{"chosen":[]}"#, "chosen"),
      ("PUT", "/privacy/chosen", #"{"addresses":{}}"#, "addresses"),
    ])
  func faults(method: String, path: String, body: String, field: String) async throws {
    try await PortalStage.with { stage, client in
      let alice = try await stage.member()
      let browser = try await stage.browser(of: alice, client)
      let response = try await browser.send(#require(HTTPRequest.Method(method)), API.root + path, body)
      #expect(response.status == .badRequest && response.problem == "bad-request", "\(response.text)")
      #expect(response.json["field"] as? String == field)
      #expect(!response.text.contains("s3cret"))
      #expect(try await stage.accounts.account(alice.id).privacy == Privacy())
      #expect(try await stage.accounts.ledger.read { try $0.errandsWaiting() } == 0)
    }
  }

  @Test("adds as many as are allowed at once, and no more")
  func many() async throws {
    try await PortalStage.with { stage, client in
      let browser = try await stage.browser(of: stage.member(), client)
      let list = { (count: Int) in
        #"{"addresses":[\#((1...count).map { "\"person.\($0)@mastodon.example.org\"" }.joined(separator: ","))]}"#
      }
      let refused = try await browser.send(.post, API.root + "/contacts", list(2_001))
      #expect(refused.status == .badRequest && refused.problem == "bad-choice", "\(refused.text)")
      let begun = try await browser.send(.post, API.root + "/contacts", list(2_000))
      #expect(begun.status == .accepted && begun.json["total"] as? Int == 2_000)
    }
  }

  @Test("shows nobody what is another's")
  func strangers() async throws {
    try await PortalStage.with { stage, client in
      let alice = try await stage.browser(of: stage.member(), client)
      let bob = try await stage.browser(of: stage.member("bob"), client)
      let id = try #require(
        try await alice.send(.post, API.root + "/contacts", Self.bob).json["id"] as? String)
      for method in [HTTPRequest.Method.get, .delete] {
        let foreign = try await bob.send(method, API.root + "/contacts/batches/\(id)")
        #expect(foreign.status == .notFound)
        #expect(foreign.text == (try await bob.send(method, API.root + "/contacts/batches/aaaa")).text)
      }
      #expect(try await stage.accounts.ledger.read { try $0.errandsWaiting() } == 1)
    }
  }
}

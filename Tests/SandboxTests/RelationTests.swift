// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Sandbox

struct RelationTests {
  private func ids(_ answer: Answer) -> [String] {
    if case .array(let values) = answer.json { values.compactMap { $0["id"]?.text } } else { [] }
  }

  @Test func aProfileShowsWhatItsOwnerSays() async throws {
    try await Bench.open { bench async throws in
      try await bench.control(
        .put, "/accounts/nils@bridge.example/profile",
        [
          "display_name": "Nils", "bot": true,
          "fields": [
            ["name": "XMPP", "value": "xmpp:nils@chat.example"], ["name": "<b>", "value": "<script>"],
          ],
        ])
      let json = try await bench.get("/api/v1/accounts/lookup?acct=nils@bridge.example").json
      #expect(json["display_name"] == "Nils" && json["bot"] == true)
      guard case .array(let fields)? = json["fields"] else { return }
      #expect(fields.first?["value"]?.text?.contains("href=\"xmpp:nils@chat.example\"") == true)
      #expect(fields.last?["value"] == "&lt;script&gt;")
    }
  }

  @Test func aMuteIsForNotificationsTooUnlessItIsSaid() async throws {
    try await Bench.open { bench async throws in
      let token = try await bench.token("alice")
      func isForNotifications() async throws -> JSON? {
        let path = "/api/v1/accounts/relationships?id[]=\(try await bench.id("frank"))"
        guard case .array(let found) = try await bench.get(path, token: token).json else { return nil }
        return found.first?["muting_notifications"]
      }
      #expect(try await isForNotifications() == true)
      try await bench.control(.put, "/members/alice/mutes/frank", ["notifications": false])
      #expect(try await isForNotifications() == false)
      let mutes = try await bench.get("/api/v1/mutes", token: token)
      #expect(ids(mutes).count == 1)
      guard case .array(let entries) = mutes.json else { return }
      #expect(entries.first?["muting_notifications"] == nil, "the list does not say it")
    }
  }

  @Test func onlyAdminsSeeEveryDomainThatIsShutOut() async throws {
    try await Bench.open { bench async throws in
      try await bench.control(.put, "/domain_blocks/secret.example", ["obfuscate": true])
      let path = "/api/v1/admin/domain_blocks"
      #expect(try await bench.get(path).status == 403)
      #expect(
        try await bench.get(path, token: try await bench.token("alice", scopes: "admin:read")).status == 403)
      let wrong = try await bench.get(
        path, token: try await bench.token("trent", scopes: "admin:read:accounts"))
      #expect(wrong.status == 403 && wrong.error == "This action is outside the authorized scopes")
      let token = try await bench.token("trent", scopes: "admin:read:domain_blocks")
      var seen: [String] = []
      var next: String? = "\(path)?limit=2"
      while let current = next {
        let page = try await bench.get(current, token: token)
        guard case .array(let values) = page.json else { break }
        seen += values.compactMap { $0["domain"]?.text }
        next = page.headers[HTTPField.Name.link]?.split(separator: ", ").first {
          $0.hasSuffix("rel=\"next\"")
        }
        .flatMap { $0.split(separator: ">").first }.map {
          String($0.dropFirst("<https://social.localhost:8443".count))
        }
      }
      #expect(seen == ["secret.example", "blocked.example", "loud.example"])
      let shown = try await bench.get(
        "/api/v1/instance/domain_blocks", token: try await bench.token("alice"))
      #expect(!shown.text.contains("secret.example") && shown.text.contains("*"))
      try await bench.control(.delete, "/domain_blocks/secret.example")
      #expect(!(try await bench.get(path, token: token).text.contains("secret")))
    }
  }

  @Test func aReportTakesItsScopeAndAnAccount() async throws {
    try await Bench.open { bench async throws in
      let token = try await bench.token("alice", scopes: "write:reports")
      let mallory = try await bench.id("mallory")
      func report(_ fields: [(String, String)], _ token: String?) async throws -> Answer {
        try await bench.send(.post, "/api/v1/reports", token: token, form: fields)
      }
      let filed = try await report([("account_id", mallory), ("comment", "Hm"), ("forward", "true")], token)
      #expect(filed.status == 200 && filed.json["category"] == "other")
      #expect(filed.json["forwarded"] == false, "there is no other server")
      #expect(try await report([("account_id", "404")], token).status == 404)
      #expect(try await report([], token).status == 404)
      let long = String(repeating: "x", count: 1_001)
      #expect(try await report([("account_id", mallory), ("comment", long)], token).status == 422)
      #expect(try await report([("account_id", mallory), ("category", "hm")], token).status == 422)
      #expect(try await report([("account_id", mallory)], nil).status == 401)
      #expect(try await report([("account_id", mallory)], try await bench.token("alice")).status == 403)
      let seen = try await bench.control(.get, "/reports").json
      guard case .array(let reports) = seen else { return }
      #expect(reports.count == 1 && reports.first?["about"] == "mallory" && reports.first?["from"] == "alice")
    }
  }

  @Test(.timeLimit(.minutes(5))) func aCrowdOfThousandsIsTheSameEachTime() async throws {
    func crowd() async throws -> [String] {
      try await Bench.open { bench async throws in
        try await bench.control(.post, "/members/judy/crowd", ["count": 5_000, "ties": "following"])
        try await bench.control(
          .post, "/members/judy/crowd", ["count": 20, "ties": "followers", "local": true])
        let token = try await bench.token("judy")
        let id = try await bench.id("judy")
        let path = "/api/v1/accounts/\(id)"
        let followers = try await bench.get("\(path)/followers?limit=80", token: token)
        #expect(ids(followers).count == 21)
        let page = try await bench.get("\(path)/following?limit=80", token: token)
        guard case .array(let people) = page.json else { return [] }
        return people.compactMap { $0["acct"]?.text } + people.compactMap { $0["display_name"]?.text }
      }
    }
    let first = try await crowd()
    #expect(first.count == 160)
    #expect(try await crowd() == first)
  }

  @Test func listsMisbehaveOnPurpose() async throws {
    try await Bench.open { bench async throws in
      try await bench.control(.post, "/members/judy/crowd", ["count": 50])
      let token = try await bench.token("judy")
      let path = "/api/v1/accounts/\(try await bench.id("judy"))/following"
      func two(_ kind: String) async throws -> (Answer, Answer) {
        try await bench.control(.delete, "/faults")
        try await bench.control(
          .post, "/faults", ["endpoint": "GET /api/v1/accounts/:id/following", "kind": .string(kind)])
        let first = try await bench.get(path, token: token)
        let link = first.headers[HTTPField.Name.link]?.split(separator: ">").first ?? ""
        return (
          first,
          try await bench.get(String(link.dropFirst("<https://social.localhost:8443".count)), token: token)
        )
      }
      let same = try await two("same_page")
      #expect(ids(same.0) == ids(same.1) && same.0.headers[.link] != same.1.headers[.link])
      let circle = try await two("circling_pages")
      #expect(circle.0.headers[.link]?.contains("max_id=1>") == true && ids(circle.0) == ids(circle.1))
      let endless = try await two("endless_pages")
      #expect(Set(ids(endless.0)).isDisjoint(with: ids(endless.1)) && ids(endless.1).count == 40)
      #expect(endless.1.headers[.link]?.contains("rel=\"next\"") == true)
      let shifting = try await two("shifting_pages")
      #expect(ids(shifting.0).count == 40)
      try await bench.control(.delete, "/faults")
      #expect(ids(try await bench.get(path, token: token)).first != ids(shifting.0).first)
    }
  }
}

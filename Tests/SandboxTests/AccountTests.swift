// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Sandbox

struct AccountTests {
  /// The address of a Link header's relation, without the host.
  private func next(_ answer: Answer, _ relation: String) -> String? {
    let links = answer.headers[HTTPField.Name.link]?.split(separator: ", ") ?? []
    guard let link = links.first(where: { $0.hasSuffix("rel=\"\(relation)\"") }) else { return nil }
    return link.split(separator: ">").first.map {
      String($0.dropFirst("<https://social.localhost:8443".count))
    }
  }

  private func ids(_ answer: Answer) -> [String] {
    if case .array(let values) = answer.json { values.compactMap { $0["id"]?.text } } else { [] }
  }

  @Test func followingComesInPagesThatOnlyTheLinkHeaderLeadsThrough() async throws {
    try await Bench.open { bench async throws in
      try await bench.control(.post, "/members/judy/crowd", ["count": 95])
      let token = try await bench.token("judy")
      let id = try await bench.id("judy")
      var seen: [String] = []
      var sizes: [Int] = []
      var path: String? = "/api/v1/accounts/\(id)/following"
      while let current = path {
        let page = try await bench.get(current, token: token)
        #expect(page.status == 200)
        seen += ids(page)
        sizes.append(ids(page).count)
        path = next(page, "next")
      }
      #expect(sizes == [40, 40, 17])
      #expect(Set(seen).count == 97)
      let wide = try await bench.get("/api/v1/accounts/\(id)/followers?limit=5000", token: token)
      #expect(ids(wide).count == 80)
      #expect(next(wide, "next")?.contains("limit=5000&max_id=") == true)
      let cursor = try #require(next(wide, "next")?.split(separator: "=").last)
      #expect(!seen.contains(String(cursor)), "the cursor is not an account id")
    }
  }

  @Test func aHiddenListIsEmptyForOthersAndFullForItsOwner() async throws {
    try await Bench.open { bench async throws in
      let path = "/api/v1/accounts/\(try await bench.id("heidi"))/following"
      let asAlice = try await bench.get(path, token: try await bench.token("alice"))
      #expect(asAlice.json == [])
      #expect(asAlice.headers[HTTPField.Name.link] == nil)
      #expect(ids(try await bench.get(path, token: try await bench.token("heidi"))).count == 2)
    }
  }

  @Test func relationshipsLeaveOutTheSuspendedAndKeepNoOrder() async throws {
    try await Bench.open { bench async throws in
      let token = try await bench.token("alice")
      let (bob, mallory, frank) = (
        try await bench.id("bob"), try await bench.id("mallory"), try await bench.id("frank")
      )
      let answer = try await bench.get(
        "/api/v1/accounts/relationships?id[]=\(frank)&id[]=\(mallory)&id[]=\(bob)&id[]=404", token: token)
      #expect(ids(answer) == [bob, frank])
      guard case .array(let found) = answer.json else { return }
      #expect(found.first?["following"] == true)
      #expect(found.first?["followed_by"] == true)
      #expect(found.last?["muting"] == true)
    }
  }

  @Test func blocksMutesAndDomainsAreTheMembersOwn() async throws {
    try await Bench.open { bench async throws in
      let token = try await bench.token("alice")
      #expect(ids(try await bench.get("/api/v1/blocks", token: token)) == [try await bench.id("mallory")])
      #expect(ids(try await bench.get("/api/v1/mutes", token: token)) == [try await bench.id("frank")])
      #expect(try await bench.get("/api/v1/domain_blocks", token: token).json == ["spam.example"])
      try await bench.control(.put, "/members/alice/blocks/bob")
      try await bench.control(.put, "/members/alice/domain_blocks/Loud.Example")
      try await bench.control(.delete, "/members/alice/mutes/frank")
      #expect(ids(try await bench.get("/api/v1/blocks", token: token)).count == 2)
      #expect(
        try await bench.get("/api/v1/domain_blocks", token: token).json == ["loud.example", "spam.example"])
      #expect(try await bench.get("/api/v1/mutes", token: token).json == [])
      let bob = try await bench.id("bob")
      let answer = try await bench.get("/api/v1/accounts/relationships?id[]=\(bob)", token: token)
      guard case .array(let found) = answer.json else { return }
      #expect(found.first?["blocking"] == true)
      #expect(found.first?["following"] == false, "a block ends the follow")
      for path in ["/api/v1/blocks", "/api/v1/mutes", "/api/v1/domain_blocks"] {
        #expect(try await bench.get(path).status == 401)
      }
    }
  }

  @Test func lookupKnowsNamesHandlesAndPeopleElsewhere() async throws {
    try await Bench.open { bench async throws in
      let alice = try await bench.id("alice")
      for acct in ["alice", "ALICE", "@alice", "alice@social.localhost", "alice@social.localhost:8443"] {
        let path = "/api/v1/accounts/lookup?acct=\(Fields.encode(acct))"
        #expect(try await bench.get(path).json["id"]?.text == alice)
      }
      let other = try await bench.get("/api/v1/accounts/lookup?acct=alice@elsewhere.example")
      #expect(other.json["acct"] == "alice@elsewhere.example")
      #expect(other.json["id"]?.text != alice)
      for acct in ["nobody", "alice@nowhere.example", "", "a@b@c", "%20"] {
        #expect(try await bench.get("/api/v1/accounts/lookup?acct=\(acct)").status == 404)
      }
      #expect(try await bench.get("/api/v1/accounts/lookup").json == ["error": "Record not found"])
    }
  }

  @Test func verifyCredentialsIsACompleteAccount() async throws {
    try await Bench.open { bench async throws in
      let json = try await bench.get(
        "/api/v1/accounts/verify_credentials", token: try await bench.token("erin")
      ).json
      #expect(json["acct"] == "erin")
      #expect(json["display_name"] == "Αιρήν Παπά")
      #expect(json["locked"] == true)
      #expect(json["url"] == "https://social.localhost:8443/@erin")
      #expect(json["source"]?["privacy"] == "public")
      #expect(json["email"] == nil)
    }
  }

  @Test func theDomainsOfTheServerAreShownAsTheSettingSays() async throws {
    try await Bench.open { bench async throws in
      let path = "/api/v1/instance/domain_blocks"
      let token = try await bench.token("alice")
      #expect(try await bench.get(path).status == 404)
      #expect(try await bench.get(path, token: token).status == 200)
      try await bench.control(.put, "/settings", ["instance_domain_blocks": "disabled"])
      #expect(try await bench.get(path, token: token).status == 404)
      try await bench.control(.put, "/settings", ["instance_domain_blocks": "all"])
      let open = try await bench.get(path)
      guard case .array(let blocks) = open.json else { throw Refusal.notFound }
      #expect(blocks.first?["domain"] == "blocked.example")
      #expect(blocks.first?["digest"]?.text?.count == 64)
    }
  }

  @Test func theServerDescribesItself() async throws {
    try await Bench.open { bench async throws in
      let metadata = try await bench.get("/.well-known/oauth-authorization-server").json
      #expect(metadata["issuer"] == "https://social.localhost:8443/")
      #expect(metadata["code_challenge_methods_supported"] == ["S256"])
      #expect(metadata["app_registration_endpoint"] == "https://social.localhost:8443/api/v1/apps")
      #expect(try await bench.get("/api/v1/instance").json["uri"] == "social.localhost")
      #expect(try await bench.get("/api/v2/instance").json["domain"] == "social.localhost")
      #expect(try await bench.get("/nodeinfo/2.0").json["software"]?["name"] == "mastodon")
      #expect(try await bench.get("/.well-known/host-meta").text.contains("webfinger?resource={uri}"))
      let finger = try await bench.get("/.well-known/webfinger?resource=acct:Alice@social.localhost")
      #expect(finger.json["subject"] == "acct:alice@social.localhost")
      #expect(finger.headers[.contentType]?.hasPrefix("application/jrd+json") == true)
      #expect(finger.headers[.cacheControl] == "max-age=259200, public")
      for (resource, status) in [
        ("acct:nobody@social.localhost", 404), ("acct:alice@elsewhere.example", 404), ("acct:alice", 400),
        ("", 400), ("https://social.localhost:8443/@alice", 200),
        ("https://social.localhost:8443/users/alice", 200),
      ] {
        let path = "/.well-known/webfinger?resource=\(Fields.encode(resource))"
        #expect(try await bench.get(path).status == status, "\(resource)")
      }
    }
  }

  @Test func onlyAnAdminWithTheScopeSeesAdminAccounts() async throws {
    try await Bench.open { bench async throws in
      let bob = try await bench.id("bob")
      for scope in ["admin:read", "admin:read:accounts"] {
        let token = try await bench.token("trent", scopes: scope)
        let one = try await bench.get("/api/v1/admin/accounts/\(bob)", token: token)
        #expect(one.json["email"] == "bob@social.localhost")
        #expect(one.json["disabled"] == false)
        #expect(one.json["account"]?["acct"] == "bob")
        #expect(try await bench.get("/api/v1/admin/accounts/404", token: token).status == 404)
        let page = try await bench.get("/api/v1/admin/accounts?local=true&suspended=true", token: token)
        #expect(ids(page) == [try await bench.id("mallory")])
      }
      let notAdmin = try await bench.token("bob", scopes: "admin:read")
      let refused = try await bench.get("/api/v1/admin/accounts", token: notAdmin)
      #expect(refused.status == 403)
      #expect(refused.error == "This action is not allowed")
      #expect(try await bench.get("/api/v1/admin/accounts").status == 403)
    }
  }

  @Test func aTokenMayAskThreeHundredTimesInFiveMinutes() async throws {
    try await Bench.open(.router, try Bench.settings { $0.limits = .mastodon }) { bench async throws in
      let token = try await bench.token("alice")
      let path = "/api/v1/accounts/verify_credentials"
      let first = try await bench.get(path, token: token)
      #expect(first.headers[HTTPField.Name.rateLimit] == "300")
      #expect(first.headers[HTTPField.Name.rateRemaining] == "299")
      #expect(first.headers[HTTPField.Name.rateReset]?.hasSuffix(".000000Z") == true)
      for _ in 1..<300 { _ = try await bench.get(path, token: token) }
      let over = try await bench.get(path, token: token)
      #expect(over.status == 429)
      #expect(over.json == ["error": "Too many requests"])
      #expect(try await bench.get(path, token: try await bench.token("bob")).status == 200)
      bench.clock.advance(301)
      #expect(try await bench.get(path, token: token).status == 200)
    }
  }
}

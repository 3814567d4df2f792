// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import NIOHTTP1
import Testing

@testable import HomeServer

/// People, blocks and mutes of the sandbox home server, which is as strict as Mastodon.
@Suite(.timeLimit(.minutes(5))) struct RelationTests {
  static let scopes = "read:accounts read:follows read:blocks read:mutes"

  private static func asking(
    _ stage: SandboxStage, as name: String, _ scopes: String = scopes
  ) async throws -> (token: AccessToken, discovery: Discovery) {
    let token = AccessToken(try await stage.token(of: name, scopes), scopes: Scopes(text: scopes))
    return (token, try await stage.client.discover())
  }

  private static func addresses(_ listing: Listing<ListedAccount>) -> [String] {
    listing.entries.map(\.address.description)
  }

  @Test func aMembersPeopleBlocksAndMutesAreRead() async throws {
    try await SandboxStage.with { stage in
      let (token, discovery) = try await Self.asking(stage, as: "alice")
      let id = try await stage.id(of: "alice")
      let following = try await stage.client.following(of: id, token, discovery)
      #expect(
        Set(Self.addresses(following)) == [
          "bob@social.localhost", "carol@social.localhost", "grace@social.localhost", "nils@bridge.example",
          "heidi@social.localhost",
        ])
      #expect(following.entries.first { $0.address.local == "grace" }?.displayName == "グレース")
      #expect(try await stage.client.followers(of: id, token, discovery).entries.count == 8)
      #expect(Self.addresses(try await stage.client.blocks(token, discovery)) == ["mallory@social.localhost"])
      #expect(Self.addresses(try await stage.client.mutes(token, discovery)) == ["frank@social.localhost"])
      #expect(try await stage.client.domainBlocks(token, discovery).entries == ["spam.example"])
      // A mute that is for posts alone is none for us.
      try await stage.control(.PUT, "members/alice/mutes/frank", ["notifications": false])
      try await stage.control(.PUT, "members/alice/mutes/carol")
      #expect(Self.addresses(try await stage.client.mutes(token, discovery)) == ["carol@social.localhost"])
    }
  }

  @Test(arguments: ["read:accounts", "read:follows", "read:blocks", "read:mutes", "profile"])
  func withOneScopeAloneTheRestIsRefused(_ scope: String) async throws {
    try await SandboxStage.with { stage in
      let (token, discovery) = try await Self.asking(stage, as: "alice", scope)
      let id = try await stage.id(of: "alice")
      func refused(_ body: () async throws -> Void) async -> Bool {
        do {
          try await body()
          return false
        } catch { return (error as? HomeServerError)?.code == .wrongScope }
      }
      #expect(
        await refused { _ = try await stage.client.following(of: id, token, discovery) }
          == (scope != "read:accounts"))
      #expect(
        await refused { _ = try await stage.client.blocks(token, discovery) } == (scope != "read:blocks"))
      #expect(
        await refused { _ = try await stage.client.domainBlocks(token, discovery) }
          == (scope != "read:blocks"))
      // Which mutes are for notifications stands in the relationships.
      #expect(await refused { _ = try await stage.client.mutes(token, discovery) })
    }
  }

  @Test func fiveThousandAreReadAndWhatTheyStateIsKnown() async throws {
    try await SandboxStage.with(overall: .seconds(60)) { stage in
      try await stage.control(.POST, "members/judy/crowd", ["count": 4_900, "ties": "following"])
      try await stage.control(.POST, "members/judy/crowd", ["count": 98, "local": true])
      try await stage.control(
        .PUT, "accounts/nils@bridge.example/profile",
        [
          "display_name": "N\u{202E}ils <b>", "bot": true,
          "fields": [
            ["name": "Chat", "value": "xmpp:nils@chat.bridge.example"],
            ["name": "Web", "value": "https://x.example"],
          ],
        ])
      try await stage.control(.PUT, "members/judy/follows/nils@bridge.example")
      let (token, discovery) = try await Self.asking(stage, as: "judy")
      let id = try await stage.id(of: "judy")
      let following = try await stage.client.following(of: id, token, discovery)
      #expect(following.entries.count == 5_001 && !following.isCut)
      #expect(Set(following.entries.map(\.id)).count == 5_001)
      let nils = try #require(following.entries.first { $0.address.local == "nils" })
      #expect(nils.displayName == "Nils <b>" && nils.isBot)
      #expect(
        nils.stated == [StatedAddress(service: .xmpp, address: try Address("nils@chat.bridge.example"))])
      let followers = try await stage.client.followers(of: id, token, discovery)
      #expect(followers.entries.count { $0.address.domain == "social.localhost" } == 99)
    }
  }

  @Test func aListThatChangesBetweenItsPagesIsReadAllTheSame() async throws {
    try await SandboxStage.with { stage in
      try await stage.control(.POST, "members/judy/crowd", ["count": 300])
      let (token, discovery) = try await Self.asking(stage, as: "judy")
      let id = try await stage.id(of: "judy")
      try await stage.control(
        .POST, "faults", ["endpoint": "GET /api/v1/accounts/:id/following", "kind": "shifting_pages"])
      let entries = try await stage.client.following(of: id, token, discovery).entries
      #expect(entries.count >= 300 && Set(entries.map(\.id)).count == entries.count)
    }
  }

  @Test(arguments: [("endless_pages", true), ("same_page", false), ("circling_pages", false)])
  func aListWithoutAnEndIsCutOrRefused(_ kind: String, _ isCut: Bool) async throws {
    try await SandboxStage.with { stage in
      try await stage.control(.POST, "members/judy/crowd", ["count": 100])
      let (token, discovery) = try await Self.asking(stage, as: "judy")
      let id = try await stage.id(of: "judy")
      try await stage.control(
        .POST, "faults", ["endpoint": "GET /api/v1/accounts/:id/following", "kind": kind])
      let limits = ListLimits(entries: 1_000)
      if isCut {
        let listing = try await stage.client.following(of: id, token, discovery, limits: limits)
        #expect(listing.entries.count == 1_000 && listing.isCut)
      } else {
        let error = await #expect(throws: HomeServerError.self) {
          try await stage.client.following(of: id, token, discovery, limits: limits)
        }
        #expect(error?.code == .notUnderstood)
      }
    }
  }

  @Test func whatTheAdminShutsOutIsToldByTheAdminOrToMembers() async throws {
    try await SandboxStage.with { stage in
      let (token, discovery) = try await Self.asking(stage, as: "alice")
      try await stage.control(.PUT, "domain_blocks/hidden.example", ["obfuscate": true])
      try await stage.control(.PUT, "domain_blocks/noop.example", ["severity": "noop"])
      func ask(_ admin: Secret?, _ member: AccessToken?) async throws -> SiteBlocks? {
        try await stage.client.siteBlocks(adminToken: admin, token: member, discovery)
      }
      let seen = try await ask(nil, token)
      #expect(seen?.source == .instance && seen?.domains == ["blocked.example"])
      #expect(seen?.hidden == 1 && seen?.hiddenDigests.count == 1)
      #expect(try await ask(nil, nil) == nil, "to members only")
      let admin = try await stage.token(of: "trent", "admin:read:domain_blocks")
      let all = try await ask(admin, nil)
      #expect(
        all?.source == .admin && all?.domains == ["blocked.example", "hidden.example"] && all?.hidden == 0)
      // An admin's token for accounts alone, and one of somebody who is no admin.
      for other in [
        try await stage.token(of: "trent", "admin:read:accounts"),
        try await stage.token(of: "bob", "admin:read"),
      ] {
        #expect(try await ask(other, token)?.source == .instance)
      }
      try await stage.control(.PUT, "settings", ["instance_domain_blocks": "disabled"])
      #expect(try await ask(nil, token) == nil)
      try await stage.control(.POST, "faults", ["endpoint": "*", "kind": "status", "status": 500])
      await #expect(throws: HomeServerError.self) { try await ask(admin, token) }
    }
  }

  @Test func aReportReachesTheModerators() async throws {
    try await SandboxStage.with { stage in
      let (token, _) = try await Self.asking(stage, as: "alice", "read:accounts write:reports")
      let nils = try #require(try await stage.client.account(at: "nils@bridge.example", token))
      #expect(try await stage.client.account(at: "nobody@nowhere.example", token) == nil)
      let report = try Report(
        account: nils.id, comment: "Writes too much", category: .spam, isForwarded: true)
      try await stage.client.report(report, token)
      let filed = String(decoding: try await stage.control(.GET, "reports"), as: UTF8.self)
      #expect(
        filed.contains("Writes too much") && filed.contains("\"from\":\"alice\"")
          && filed.contains("\"forwarded\":true"))
      let narrow = try await Self.asking(stage, as: "alice").token
      let error = await #expect(throws: HomeServerError.self) {
        try await stage.client.report(report, narrow)
      }
      #expect(error?.code == .wrongScope)
      let nobody = await #expect(throws: HomeServerError.self) {
        try await stage.client.report(Report(account: "404", comment: ""), token)
      }
      #expect(nobody?.code == .notFound)
    }
  }

  @Test(
    arguments: [
      (nil, "read:accounts read:follows read:blocks read:mutes"),
      (
        "profile read read:accounts read:follows read:blocks read:mutes write:reports",
        "profile read:accounts read:follows read:blocks read:mutes"
      ),
      ("read write", "read"),
    ] as [(String?, String)])
  func theNarrowestScopesAreAskedFor(_ offered: String?, _ wanted: String) {
    let offered = offered.map(Scopes.init(text:))
    #expect(Scopes.needed(for: [.signIn, .contacts], offered: offered).description == wanted)
    #expect(
      !Scopes.needed(for: [.signIn, .contacts], offered: offered).covers(Scopes(text: "write:reports")))
    #expect(Scopes.all(offered: offered).covers(Scopes(text: "write:reports")))
  }
}

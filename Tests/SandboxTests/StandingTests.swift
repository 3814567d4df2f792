// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Sandbox

struct StandingTests {
  static let disabled = "Your login is currently disabled"

  @Test(arguments: [
    ("suspend", 403, disabled), ("delete", 403, disabled), ("freeze", 403, disabled),
    ("demand-2fa", 403, disabled), ("pend", 403, "Your login is currently pending approval"),
    ("unconfirm", 403, "Your login is missing a confirmed e-mail address"),
    ("reset-password", 401, "The access token was revoked"),
    ("revoke-tokens", 401, "The access token was revoked"), ("purge", 401, "The access token is invalid"),
  ])
  func aTokenStopsWorkingInMastodonsWords(_ event: String, _ status: Int, _ text: String) async throws {
    try await Bench.open { bench async throws in
      let token = try await bench.token("bob")
      for path in ["/api/v1/accounts/verify_credentials", "/oauth/userinfo"] {
        #expect(try await bench.get(path, token: token).status == 200)
      }
      try await bench.control(.post, "/members/bob/\(event)")
      for path in ["/api/v1/accounts/verify_credentials", "/oauth/userinfo"] {
        let answer = try await bench.get(path, token: token)
        #expect(answer.status == status)
        #expect(answer.json == ["error": .string(text)])
      }
    }
  }

  @Test(arguments: [
    ("suspend", "unsuspend"), ("freeze", "unfreeze"), ("pend", "approve"), ("unconfirm", "confirm"),
    ("demand-2fa", "waive-2fa"),
  ])
  func suspendingRevokesNothingAndComingBackRestores(_ away: String, _ back: String) async throws {
    try await Bench.open { bench async throws in
      let token = try await bench.token("bob")
      try await bench.control(.post, "/members/bob/\(away)")
      try await bench.control(.post, "/members/bob/\(back)")
      #expect(try await bench.get("/api/v1/accounts/verify_credentials", token: token).status == 200)
    }
  }

  @Test(arguments: [
    ("/api/v1/accounts/verify_credentials", "read:follows"), ("/oauth/userinfo", "read"),
    ("/api/v1/accounts/relationships?id[]=1", "read:accounts"), ("/api/v1/blocks", "read:mutes"),
    ("/api/v1/mutes", "read:blocks"), ("/api/v1/domain_blocks", "read:mutes"),
    ("/api/v1/accounts/lookup?acct=alice", "read:follows"), ("/api/v1/admin/accounts", "read"),
  ])
  func theWrongScopeIsAnotherKindOf403(_ path: String, _ scope: String) async throws {
    try await Bench.open { bench async throws in
      let answer = try await bench.get(path, token: try await bench.token("trent", scopes: scope))
      #expect(answer.status == 403)
      #expect(answer.error == "This action is outside the authorized scopes")
      // The body names no scope, the header does.
      let header = try #require(answer.headers[.wwwAuthenticate])
      #expect(
        header.hasPrefix("Bearer realm=\"Doorkeeper\", error=\"insufficient_scope\", error_description="))
      #expect(header.contains("requires scope _") && !header.contains("outside"))
    }
  }

  @Test func whoHasMovedCannotUseTheLoginAndShowsWhere() async throws {
    try await Bench.open { bench async throws in
      let token = try await bench.token("bob")
      let path = "/api/v1/accounts/verify_credentials"
      try await bench.control(.post, "/members/bob/move", ["to": "nils@bridge.example"])
      #expect(try await bench.get(path, token: token).error == Self.disabled)
      let shown = try await bench.get("/api/v1/accounts/\(try await bench.id("bob"))")
      #expect(shown.json["moved"]?["acct"] == "nils@bridge.example")
      try await bench.control(.post, "/members/bob/move")
      #expect(try await bench.get(path, token: token).status == 200)
    }
  }

  @Test func theReasonComesInTheMembersLanguageUnlessAnotherIsAskedFor() async throws {
    try await Bench.open { bench async throws in
      let token = try await bench.token("bob")
      let path = "/api/v1/accounts/verify_credentials"
      try await bench.control(.post, "/members/bob/language", ["to": "de"])
      for event in ["suspend", "freeze"] {
        try await bench.control(.post, "/members/bob/\(event)")
        #expect(try await bench.get(path, token: token).error == "Dein Zugang ist derzeit deaktiviert")
        #expect(try await bench.get(path + "?lang=en", token: token).error == Self.disabled)
      }
    }
  }

  @Test func aSuspendedOwnerIsNoticedBeforeARevokedToken() async throws {
    try await Bench.open { bench async throws in
      let token = try await bench.token("bob")
      try await bench.control(.post, "/members/bob/revoke-tokens")
      try await bench.control(.post, "/members/bob/suspend")
      #expect(try await bench.get("/api/v1/accounts/verify_credentials", token: token).error == Self.disabled)
    }
  }

  @Test func userinfoNamesTheActor() async throws {
    try await Bench.open { bench async throws in
      let alice = try await bench.get("/oauth/userinfo", token: try await bench.token("alice"))
      #expect(alice.json["iss"] == "https://social.localhost:8443/")
      #expect(alice.json["sub"] == "https://social.localhost:8443/users/alice")
      #expect(alice.json["preferred_username"] == "alice")
      let judy = try await bench.send(.post, "/oauth/userinfo", token: try await bench.token("judy"))
      #expect(
        judy.json["sub"]?.text == "https://social.localhost:8443/ap/users/\(try await bench.id("judy"))")
    }
  }

  @Test(arguments: [
    ("suspend", 200, 200, true, 200), ("freeze", 200, 200, false, 200), ("pend", 200, 404, false, 200),
    ("unconfirm", 200, 404, false, 200), ("delete", 200, 200, true, 410), ("purge", 200, 404, true, 410),
  ])
  func thePublicSeesOnlySoMuch(
    _ event: String, _ lookup: Int, _ show: Int, _ suspended: Bool, _ finger: Int
  ) async throws {
    try await Bench.open { bench async throws in
      let id = try await bench.id("bob")
      try await bench.control(.post, "/members/bob/\(event)")
      let found = try await bench.get("/api/v1/accounts/lookup?acct=bob")
      #expect(found.status == lookup)
      #expect(found.json["id"]?.text == id)
      #expect(found.json["suspended"] == (suspended ? true : nil))
      #expect(found.json["display_name"]?.text == (suspended ? "" : "Bob"))
      #expect(try await bench.get("/api/v1/accounts/\(id)").status == show)
      let resource = try await bench.get("/.well-known/webfinger?resource=acct:bob@social.localhost")
      #expect(resource.status == finger)
    }
  }

  @Test func aNameWithANewOwnerHasAnotherIdAndInheritsNothing() async throws {
    try await Bench.open { bench async throws in
      let token = try await bench.token("bob")
      let old = try await bench.id("bob")
      try await bench.control(.post, "/members/bob/reown", ["display_name": "Another Bob"])
      let found = try await bench.get("/api/v1/accounts/lookup?acct=bob")
      #expect(found.json["id"]?.text != old)
      #expect(found.json["following_count"] == 0)
      #expect(try await bench.get("/api/v1/accounts/\(old)").status == 404)
      #expect(try await bench.get("/api/v1/accounts/verify_credentials", token: token).status == 401)
    }
  }

  @Test func aRenamedMemberKeepsTheId() async throws {
    try await Bench.open { bench async throws in
      let old = try await bench.id("bob")
      try await bench.control(.post, "/members/bob/rename", ["to": "robert"])
      #expect(try await bench.get("/api/v1/accounts/lookup?acct=robert").json["id"]?.text == old)
      #expect(try await bench.get("/api/v1/accounts/lookup?acct=bob").status == 404)
    }
  }
}

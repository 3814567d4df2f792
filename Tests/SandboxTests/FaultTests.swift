// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Sandbox

struct FaultTests {
  @Test func anEndpointFailsAsOftenAsSaidAndThenWorksAgain() async throws {
    try await Bench.open { bench async throws in
      try await bench.control(
        .post, "/faults",
        [
          "endpoint": "GET /api/v1/instance", "kind": "status", "status": 503, "times": 2,
          "headers": ["Retry-After": "7"],
        ])
      let first = try await bench.get("/api/v1/instance")
      #expect(first.status == 503)
      #expect(HTTPField.Name("Retry-After").flatMap { first.headers[$0] } == "7")
      #expect(try await bench.get("/api/v1/instance").status == 503)
      #expect(try await bench.get("/api/v1/instance").status == 200)
      #expect(try await bench.control(.get, "/counters").json["GET /api/v1/instance"] == 3)
    }
  }

  @Test func aHangingEndpointGoesOnWhenItIsCleared() async throws {
    try await Bench.open { bench async throws in
      try await bench.control(.post, "/faults", ["endpoint": "*", "kind": "hang"])
      async let held = bench.get("/api/v1/instance")
      while await bench.sandbox.state.counters["GET /api/v1/instance"] == nil { await Task.yield() }
      try await bench.control(.delete, "/faults")
      #expect(try await held.status == 200)
      try await bench.control(
        .post, "/faults", ["endpoint": "*", "kind": "hang", "milliseconds": 1, "times": 1])
      #expect(try await bench.get("/api/v1/instance").status == 200)
    }
  }

  @Test(.timeLimit(.minutes(1))) func aHangHoldsUpNoShutdown() async throws {
    let held = try await Bench.open(.live) { bench async throws in
      try await bench.control(.post, "/faults", ["endpoint": "*", "kind": "hang"])
      let held = Task { try await bench.get("/api/v1/instance") }
      while await bench.sandbox.state.counters["GET /api/v1/instance"] == nil { await Task.yield() }
      return held
    }
    _ = await held.result
  }

  @Test func endpointsAnswerRubbishOfEveryKind() async throws {
    try await Bench.open { bench async throws in
      let path = "/api/v1/instance"
      func spoil(_ fault: JSON) async throws -> Answer {
        try await bench.control(.delete, "/faults")
        try await bench.control(.post, "/faults", fault.merged(with: ["endpoint": "GET /api/v1/instance"]))
        return try await bench.get(path)
      }
      #expect(try await spoil(["kind": "not_json"]).text.hasPrefix("<!doctype html>"))
      #expect(try await spoil(["kind": "wrong_shape"]).json["id"] == 7)
      #expect(try await spoil(["kind": "oversize", "bytes": 300_000]).text.utf8.count > 300_000)
      let dripped = try await spoil(["kind": "drip", "bytes": 20, "milliseconds": 1])
      #expect(dripped.text == String(repeating: " ", count: 20) + "{}")
    }
  }

  @Test(
    arguments: [
      ["kind": "explode", "endpoint": "*"], ["kind": "status"],
      ["kind": "status", "endpoint": "*", "status": 99], ["kind": "hang", "endpoint": "*", "times": 0],
      ["kind": "drip", "endpoint": "*", "bytes": "many"],
    ] as [JSON])
  func aFaultThatMakesNoSenseIsRefused(_ fault: JSON) async throws {
    try await Bench.open { bench async throws in
      let answer = try await bench.send(
        .post, "/sandbox/faults", token: bench.sandbox.controlToken, json: fault)
      #expect(answer.status == 422)
      #expect(answer.error?.hasSuffix(".") == true)
    }
  }

  @Test func theControlApiNeedsItsToken() async throws {
    try await Bench.open { bench async throws in
      for token in [nil, "wrong", "control-token-of-the-tesT"] {
        #expect(try await bench.get("/sandbox/members", token: token).status == 401)
        #expect(try await bench.send(.post, "/sandbox/members/bob/suspend", token: token).status == 401)
      }
      let bob = await bench.sandbox.state.world.member(named: "bob")
      #expect(bob?.suspended == false)
    }
  }

  @Test func itCanPlayServersWithLessToOffer() async throws {
    try await Bench.open { bench async throws in
      let token = try await bench.token("bob")
      try await bench.control(.put, "/software", ["name": "gotosocial"])
      #expect(try await bench.get("/.well-known/oauth-authorization-server").status == 404)
      #expect(try await bench.get("/oauth/userinfo", token: token).status == 404)
      #expect(try await bench.get("/nodeinfo/2.0").json["software"]?["name"] == "gotosocial")
      #expect(try await bench.get("/api/v1/accounts/verify_credentials", token: token).status == 200)
      try await bench.control(.post, "/members/bob/suspend")
      #expect(try await bench.get("/api/v1/accounts/verify_credentials", token: token).status == 401)
    }
  }

  @Test func asSnacItMixesMembersUp() async throws {
    try await Bench.open { bench async throws in
      try await bench.control(.put, "/software", ["name": "snac"])
      let app = try await bench.register()
      let alices = try await bench.code(for: "alice", app: app)
      _ = try await bench.code(for: "bob", app: app)
      let token = try await bench.redeem(alices, app: app).json["access_token"]?.text
      #expect(
        try await bench.get("/api/v1/accounts/verify_credentials", token: token).json["username"] == "bob")
      #expect(try await bench.get("/nodeinfo/2.0").json["software"]?["name"] == "snac")
    }
  }

  /// Each of the three places at which servers mix their members up.
  @Test func membersAreMixedUpWhereWanted() async throws {
    try await Bench.open { bench async throws in
      let token = try await bench.token("alice", scopes: "profile read:accounts")
      func name(_ path: String, _ key: String) async throws -> JSON? {
        try await bench.get(path, token: token).json[key]
      }
      let (who, info) = ("/api/v1/accounts/verify_credentials", "/oauth/userinfo")
      for (path, key) in [(who, "username"), (info, "preferred_username")] {
        try await bench.control(
          .post, "/faults",
          ["endpoint": .string("GET \(path)"), "kind": "other_member", "name": "bob", "times": 1])
        #expect(try await name(path, key) == "bob")
        #expect(try await name(path, key) == "alice")
      }
      // Nobody is let in by it.
      try await bench.control(
        .post, "/faults", ["endpoint": .string("GET \(who)"), "kind": "other_member", "name": "bob"])
      #expect(try await bench.get(who).status == 401)
      for bad: JSON in [
        ["endpoint": "*", "kind": "other_member"],
        ["endpoint": "*", "kind": "other_member", "name": "nobody"],
      ] {
        let answer = try await bench.send(
          .post, "/sandbox/faults", token: bench.sandbox.controlToken, json: bad)
        #expect(answer.status == 422)
      }

      let app = try await bench.register()
      let code = try await bench.code(for: "alice", app: app)
      try await bench.control(
        .post, "/faults", ["endpoint": "POST /oauth/token", "kind": "other_member", "name": "bob"])
      let mixed = try #require(try await bench.redeem(code, app: app).json["access_token"]?.text)
      try await bench.control(.delete, "/faults")
      #expect(try await bench.get(who, token: mixed).json["username"] == "bob")
    }
  }

  @Test func whichTokensLiveIsToldWithoutTheirValues() async throws {
    try await Bench.open { bench async throws in
      let token = try await bench.token("alice", scopes: "profile")
      let answer = try await bench.control(.get, "/tokens?name=alice")
      #expect(
        answer.json == [["app": "Web", "member": "alice", "scope": "profile", "revoked": false]])
      #expect(!answer.text.contains(token))
      let nobody = try await bench.send(
        .get, "/sandbox/tokens?name=nobody", token: bench.sandbox.controlToken)
      #expect(nobody.status == 422)
    }
  }
}

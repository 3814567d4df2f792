// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Sandbox

struct BadInputTests {
  static let paths: [(HTTPRequest.Method, String)] = [
    (.post, "/api/v1/apps"), (.get, "/api/v1/apps/verify_credentials"), (.post, "/oauth/token"),
    (.post, "/oauth/revoke"), (.get, "/oauth/userinfo"), (.post, "/oauth/userinfo"),
    (.get, "/oauth/authorize"), (.post, "/oauth/authorize"), (.delete, "/oauth/authorize"),
    (.get, "/oauth/authorize/native"), (.get, "/api/v1/accounts/verify_credentials"),
    (.get, "/api/v1/accounts/lookup"), (.get, "/api/v1/accounts/x"), (.get, "/api/v1/accounts/x/following"),
    (.get, "/api/v1/accounts/x/followers"), (.get, "/api/v1/accounts/relationships"),
    (.get, "/api/v1/blocks"),
    (.get, "/api/v1/mutes"), (.get, "/api/v1/domain_blocks"), (.get, "/api/v1/instance"),
    (.get, "/api/v2/instance"), (.get, "/api/v1/instance/domain_blocks"), (.get, "/.well-known/webfinger"),
    (.get, "/.well-known/nodeinfo"), (.get, "/nodeinfo/2.0"), (.get, "/.well-known/host-meta"),
    (.get, "/api/v1/admin/accounts"), (.get, "/api/v1/admin/accounts/x"),
    (.get, "/api/v1/admin/domain_blocks"), (.post, "/api/v1/reports"), (.get, "/auth/sign_in"),
    (.post, "/auth/sign_in"), (.post, "/auth/sign_out"), (.get, "/auth/edit"), (.get, "/auth/setup"),
    (.get, "/"), (.get, "/@nobody"), (.get, "/@"), (.get, "/avatars/x.svg"), (.get, "/nowhere"),
  ]

  @Test(arguments: paths)
  func nothingBreaksAnEndpoint(_ method: HTTPRequest.Method, _ path: String) async throws {
    try await Bench.open { bench async throws in
      let token = try await bench.token("alice", scopes: "read profile admin:read")
      for query in [
        "", "?%zz=%", "?a=%FF%FE", "?id[]=%00",
        "?acct=%20&resource=%3A%3A&limit=-1&max_id=x&since_id=999999999999999999999",
        "?limit=99999999999999999999999", "?access_token=\(String(repeating: "a", count: 5000))",
        "?client_id[]=a&redirect_uri[x]=b&scope=%0A%0D", "?\(String(repeating: "&=", count: 2000))",
      ] {
        for token in [nil, token, "", "ünïcode"] {
          let answer = try await bench.send(method, path + query, token: token)
          #expect((200..<500).contains(answer.status), "\(path)\(query): \(answer.status)")
        }
      }
      for (raw, type) in [
        ("{", "application/json"), ("[1,2]", "application/json"), ("{\"a\":1.5}", "application/json"),
        ("{\"client_name\":{\"a\":[null]},\"user\":{\"email\":7}}", "application/json"), ("%", nil),
        ("\u{0}", "application/x-www-form-urlencoded"), ("x", "text/plain"),
        (String(repeating: "a", count: 1_100_000), "application/x-www-form-urlencoded"),
      ] as [(String, String?)] where method == .post {
        let answer = try await bench.send(method, path, raw: raw, type: type)
        #expect((200..<500).contains(answer.status), "\(path): \(answer.status)")
      }
    }
  }

  @Test(
    arguments: [
      ("/members", ["name": "no spaces"]), ("/members", ["name": "alice"]), ("/members", [:]),
      ("/members", ["name": .string(String(repeating: "a", count: 31))]),
      ("/members/bob/rename", ["to": "alice"]),
      ("/members/bob/crowd", ["count": 0]), ("/members/bob/crowd", ["count": 20_001]),
      ("/members/bob/crowd", ["count": 1, "ties": "some"]), ("/tokens", ["name": "nobody"]),
      ("/tokens", ["name": "bob", "scopes": "everything"]), ("/webhook/fire", ["event": "x"]),
      ("/webhook/fire", ["event": "x", "name": "bob"]), ("/webhook/release", ["places": [3]]),
    ] as [(String, JSON)])
  func theControlApiSaysWhatIsWrong(_ path: String, _ json: JSON) async throws {
    try await Bench.open { bench async throws in
      let answer = try await bench.send(
        .post, "/sandbox" + path, token: bench.sandbox.controlToken, json: json)
      #expect(answer.status == 422)
      #expect(answer.error?.hasSuffix(".") == true)
    }
  }

  @Test func unknownMembersAndSettingsAreNamed() async throws {
    try await Bench.open { bench async throws in
      let token = bench.sandbox.controlToken
      #expect(try await bench.send(.post, "/sandbox/members/nobody/suspend", token: token).status == 404)
      #expect(try await bench.send(.put, "/sandbox/members/bob/follows/nobody", token: token).status == 404)
      for (path, json) in [
        ("/sandbox/settings", ["limits": ["per_week": 1]]), ("/sandbox/settings", ["limits": 7]),
        ("/sandbox/settings", ["instance_domain_blocks": "maybe"]), ("/sandbox/software", ["name": "x"]),
        ("/sandbox/webhook", ["url": "ftp://x", "secret": "long enough to be one"]),
        ("/sandbox/webhook", ["url": "http://x/", "secret": "short"]),
      ] as [(String, JSON)] {
        #expect(try await bench.send(.put, path, token: token, json: json).status == 422)
      }
    }
  }

  @Test(arguments: [
    "social.localhost", "ftp://social.localhost", "https://social.localhost/path", "https://",
  ])
  func aBaseAddressThatIsNoneIsRefused(_ text: String) async throws {
    let settings = try Bench.settings { $0.baseURL = URL(string: text) ?? $0.files }
    await #expect(throws: SandboxError.self) { try await Sandbox(settings: settings) }
  }

  @Test func missingPagesAreNamed() async throws {
    let settings = try Bench.settings { $0.files = URL(filePath: "/nowhere/at/all") }
    let error = await #expect(throws: SandboxError.self) { try await Sandbox(settings: settings) }
    #expect(error?.code == .files)
    #expect(error?.description.contains("/nowhere/at/all") == true)
  }
}

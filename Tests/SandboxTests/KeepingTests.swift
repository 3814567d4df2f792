// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Sandbox

struct KeepingTests {
  /// Runs a test with a folder that is gone afterwards.
  private func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sandbox-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  @Test func appsTokensAndMembersOutliveARestart() async throws {
    try await withFolder { folder in
      let (app, token) = try await Bench.open(.router, try Bench.settings { $0.stateFolder = folder }) {
        bench async throws in
        let app = try await bench.register()
        let answer = try await bench.redeem(try await bench.code(for: "alice", app: app), app: app)
        try await bench.control(.post, "/members/bob/suspend")
        return (app, try #require(answer.json["access_token"]?.text))
      }
      try await Bench.open(.router, try Bench.settings { $0.stateFolder = folder }) { bench async throws in
        let me = try await bench.get("/api/v1/accounts/verify_credentials", token: token)
        #expect(me.json["username"] == "alice")
        #expect(try await bench.code(for: "carol", app: app).count == 43)
        #expect(try await bench.get("/api/v1/accounts/lookup?acct=bob").json["suspended"] == true)
      }
      let file = folder.appending(path: "home-server.json").path
      let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
      #expect(mode == 0o600)
    }
  }

  @Test func onAnyFreePortItNamesTheRealOne() async throws {
    let settings = try Bench.settings { $0.baseURL = try #require(URL(string: "http://127.0.0.1:0")) }
    try await Bench.open(.live, settings) { bench async throws in
      let port = try #require(bench.client.port)
      let metadata = try await bench.get("/.well-known/oauth-authorization-server").json
      #expect(metadata["token_endpoint"]?.text == "http://127.0.0.1:\(port)/oauth/token")
      #expect(bench.sandbox.url.port == port)
    }
  }

  @Test(arguments: [("{\"schema\": 99}", SandboxError.Code.newerState), ("rubbish", .state), ("{}", .state)])
  func aStateItCannotReadStopsItWithARemedy(_ text: String, _ code: SandboxError.Code) async throws {
    try await withFolder { folder in
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let file = folder.appending(path: "home-server.json")
      try Data(text.utf8).write(to: file)
      let settings = try Bench.settings { $0.stateFolder = folder }
      let error = await #expect(throws: SandboxError.self) { try await Sandbox(settings: settings) }
      #expect(error?.code == code)
      #expect(error?.remedy.isEmpty == false)
      #expect(try String(contentsOf: file, encoding: .utf8) == text, "nothing is overwritten")
    }
  }
}

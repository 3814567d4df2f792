// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import Crypto
import Directory
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Portal

@Suite("Health and metrics")
struct OperationsTests {
  @Test("live and ready are said to anybody")
  func ready() async throws {
    try await PortalStage.with { stage, client in
      _ = try await stage.member()
      for path in ["/livez", "/readyz"] {
        let response = try await stage.stranger(client).send(.get, path)
        #expect(response.status == .ok, "\(path): \(response.text)")
        #expect(response.headers[.cacheControl] == "no-store")
      }
    }
  }

  @Test("a projection that is behind means not ready, still alive, until it has caught up")
  func behind() async throws {
    try await PortalStage.with { stage, client in
      let alice = try await stage.member()
      stage.failures.crash(at: .beforeProjection)
      _ = try? await stage.accounts.setService(.xmpp, on: false, of: alice.id, by: .member)
      let response = try await stage.stranger(client).send(.get, "/readyz")
      #expect(response.status == .serviceUnavailable)
      #expect(response.text.contains("projection"))
      #expect(try await stage.stranger(client).send(.get, "/livez").status == .ok)
      stage.failures.crash(at: nil)
      try await stage.accounts.setService(.xmpp, on: true, of: alice.id, by: .member)
      #expect(try await stage.stranger(client).send(.get, "/readyz").status == .ok)
    }
  }

  @Test("what is wrong is said without names of files, members or errors")
  func broken() async throws {
    try await PortalStage.with { stage, client in
      _ = try await stage.member()
      try stage.breakProjection()
      let response = try await stage.stranger(client).send(.get, "/readyz")
      #expect(response.status == .serviceUnavailable)
      for leak in [stage.folder.path, "/", "sqlite", "alice", "Error"] {
        #expect(!response.text.contains(leak), "\(leak)")
      }
    }
  }

  @Test("metrics are shown to a loopback peer that speaks for itself")
  func metrics() async throws {
    try await PortalStage.with(live: true) { stage, client in
      let browser = try await stage.browser(of: stage.member(), client)
      #expect(
        try await browser.send(.post, "/api/v1/devices", #"{"name":"Phone","chat":"dino"}"#).status
          == .created
      )
      let response = try await stage.stranger(client).send(.get, "/metrics")
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
      let lines = response.text.split(separator: "\n")
      for line in [
        "trunkline_accounts 1", "trunkline_accounts_not_admitted 0", "trunkline_devices 1",
        "trunkline_devices_connected 0", "# TYPE trunkline_accounts gauge",
      ] {
        #expect(lines.contains { $0 == line }, "\(line) in \(response.text)")
      }
      func value(_ name: String) -> Substring? {
        lines.first { $0.hasPrefix("\(name) ") }?.split(separator: " ").last
      }
      #expect(value("trunkline_ledger_sequence") != nil)
      #expect(value("trunkline_ledger_sequence") == value("trunkline_projection_sequence"))
      #expect(!response.text.contains("alice"))
      for (name, value) in [
        ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-For", "127.0.0.1"), ("Forwarded", "for=127.0.0.1"),
      ] {
        let name = try #require(HTTPField.Name(name))
        let status = try await client.execute(uri: "/metrics", method: .get, headers: [name: value]) {
          $0.status
        }
        #expect(status == .notFound, "\(name)")
      }
    }
  }

  @Test("metrics are not there for a peer that is not known to be local")
  func elsewhere() async throws {
    try await PortalStage.with { stage, client in
      let response = try await stage.stranger(client).send(.get, "/metrics")
      #expect(response.status == .notFound)
      #expect(!response.text.contains("trunkline_"))
    }
  }
}

@Suite("The home server's webhook")
struct MastodonWebhookTests {
  private static let update = #"""
    {"event":"account.updated","created_at":"2026-11-23T05:00:00.000Z","object":{"id":"id-alice","username":"alice",
    "domain":null,"email":"s3cret@example.social","ip":"203.0.113.7","confirmed":true,"suspended":true,
    "silenced":false,"disabled":false,"approved":true,"locale":"en","role":null,"account":{"id":"id-alice"}}}
    """#

  private static func signature(_ body: String, _ key: String = PortalStage.webhookSecret.reveal()) -> String
  {
    let code = HMAC<SHA256>.authenticationCode(
      for: Data(body.utf8), using: SymmetricKey(data: Data(key.utf8)))
    return "sha256=" + code.map { String(format: "%02x", $0) }.joined()
  }

  /// As Mastodon does: no cookie, no origin.
  private static func post(
    _ body: String, _ signature: String?, _ client: any TestClientProtocol
  ) async throws -> TestResponse {
    var headers: HTTPFields = [.contentType: "application/json"]
    headers[.hubSignature] = signature
    return try await client.execute(
      uri: "/webhooks/mastodon", method: .post, headers: headers, body: ByteBuffer(string: body)
    ) { $0 }
  }

  @Test("is taken with the right signature, and believed in nothing")
  func taken() async throws {
    try await PortalStage.with(homeServer: true) { stage, client in
      let alice = try await stage.member()
      let response = try await Self.post(Self.update, Self.signature(Self.update), client)
      #expect(response.status == .noContent)
      #expect(response.body.readableBytes == 0)
      // The home server cannot be asked, so alice stays what she was.
      #expect(try await stage.accounts.account(alice.id).standing == .active)
    }
  }

  @Test("about others, or about something else, is taken too")
  func others() async throws {
    try await PortalStage.with(homeServer: true) { _, client in
      for body in [Self.update, #"{"event":"report.created","object":{}}"#] {
        let response = try await Self.post(body, Self.signature(body), client)
        #expect(response.status == .noContent)
      }
    }
  }

  @Test("is refused without, or with a wrong, signature; nothing goes back")
  func forged() async throws {
    try await PortalStage.with(homeServer: true) { stage, client in
      _ = try await stage.member()
      let right = Self.signature(Self.update)
      for signature in [
        nil, "", "sha256=", "sha1=" + right.dropFirst(7), right + "00", String(right.dropLast()),
        String(right.dropFirst(7)),
        Self.signature(Self.update, "another secret"), Self.signature(Self.update + " "),
        "\(right), \(right)",
      ] {
        let response = try await Self.post(Self.update, signature, client)
        #expect(response.status == .unauthorized, "\(signature ?? "none")")
        #expect(response.body.readableBytes == 0)
      }
    }
  }

  @Test(
    "that is signed but not understood is 400, one that is too long 413, both without words",
    arguments: [
      ("", 400), ("{}", 400), ("[]", 400), (#"{"event":"account.updated","object":{}}"#, 400),
      (#"{"event":7}"#, 400), (String(repeating: " ", count: 1 << 20) + "{}", 413),
    ])
  func notUnderstood(body: String, status: Int) async throws {
    try await PortalStage.with(homeServer: true) { _, client in
      let response = try await Self.post(body, Self.signature(body), client)
      #expect(response.status.code == status)
      #expect(response.body.readableBytes == 0)
    }
  }

  @Test("is not there where none is set up")
  func notConfigured() async throws {
    try await PortalStage.with { _, client in
      let response = try await Self.post(Self.update, Self.signature(Self.update), client)
      #expect(response.status == .notFound)
    }
  }
}

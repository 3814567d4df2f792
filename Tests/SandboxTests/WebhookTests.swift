// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Sandbox

struct WebhookTests {
  static let secret = "a secret of the webhook"

  /// What arrived at a receiver.
  private struct Arrival: Sendable {
    let signature: String?
    let body: Data
    var json: JSON { (try? JSONDecoder().decode(JSON.self, from: body)) ?? .null }
  }

  /// The bodies held back, as JSON.
  private func held(_ bench: Bench) async throws -> [JSON] {
    guard case .array(let values) = try await bench.control(.get, "/webhook/held").json else { return [] }
    return try values.map { value in
      try JSONDecoder().decode(JSON.self, from: Data((value["body"]?.text ?? "").utf8))
    }
  }

  private func set(_ bench: Bench, _ url: String = "http://127.0.0.1:9/") async throws {
    try await bench.control(.put, "/webhook", ["url": .string(url), "secret": .string(Self.secret)])
  }

  @Test(arguments: [
    ("suspend", "account.updated"), ("unsuspend", "account.updated"), ("delete", "account.updated"),
    ("approve", "account.approved"), ("freeze", nil), ("unfreeze", nil), ("purge", nil),
    ("reset-password", nil),
  ])
  func onlyWhatMastodonTellsIsTold(_ event: String, _ webhook: String?) async throws {
    try await Bench.open { bench async throws in
      try await set(bench)
      try await bench.control(.post, "/webhook/hold")
      try await bench.control(.post, "/members/bob/\(event)")
      #expect(try await held(bench).compactMap { $0["event"]?.text } == [webhook].compactMap { $0 })
    }
  }

  @Test func aWebhookHasTheStateOfItsMomentAndPersonalDataToDrop() async throws {
    try await Bench.open { bench async throws in
      try await set(bench)
      try await bench.control(.post, "/webhook/hold")
      try await bench.control(.post, "/members/bob/suspend")
      try await bench.control(.post, "/members/bob/unsuspend")
      try await bench.control(.post, "/members", ["name": "zoe"])
      let bodies = try await held(bench)
      #expect(bodies.map { $0["object"]?["suspended"] } == [true, false, false])
      #expect(bodies[0]["object"]?["email"] == "bob@social.localhost")
      #expect(bodies[0]["object"]?["ip"] != nil)
      #expect(bodies[2]["event"] == "account.created")
      #expect(bodies[0]["created_at"]?.text?.hasSuffix("Z") == true)
    }
  }

  @Test func webhooksArriveSignedAreTriedAgainAndCanBeLateOrForged() async throws {
    let (arrivals, input) = AsyncStream<Arrival>.makeStream()
    let receiver = Router()
    receiver.post("/hook") { request, _ -> HTTPResponse.Status in
      let body = try await request.body.collect(upTo: 1 << 20)
      let signature = HTTPField.Name("X-Hub-Signature").flatMap { request.headers[$0] }
      input.yield(Arrival(signature: signature, body: Data(body.readableBytesView)))
      return .ok
    }
    try await Application(router: receiver, configuration: .init(address: .hostname("127.0.0.1", port: 0)))
      .test(.live) { client in
        let port = try #require(client.port)
        try await Bench.open(
          .router, try Bench.settings { $0.webhookRetryDelays = [.milliseconds(1), .milliseconds(1)] }
        ) {
          bench in
          var incoming = arrivals.makeAsyncIterator()
          try await set(bench, "http://127.0.0.1:\(port)/hook")
          try await bench.control(.post, "/members/bob/suspend")
          let first = try #require(await incoming.next())
          #expect(first.json["event"] == "account.updated")
          let code = HMAC<SHA256>.authenticationCode(
            for: first.body, using: SymmetricKey(data: Data(Self.secret.utf8)))
          let hex = code.map { String(format: "%02x", $0) }.joined()
          #expect(first.signature == "sha256=" + hex)

          // Held back, then sent in the other order.
          try await bench.control(.post, "/webhook/hold")
          try await bench.control(.post, "/members/bob/unsuspend")
          try await bench.control(.post, "/members/bob/suspend")
          try await bench.control(.post, "/webhook/release", ["places": [1]])
          #expect(await incoming.next()?.json["object"]?["suspended"] == true)
          try await bench.control(.post, "/webhook/release")
          #expect(await incoming.next()?.json["object"]?["suspended"] == false)

          try await bench.control(
            .post, "/webhook/fire",
            [
              "event": "account.updated", "name": "alice", "secret": "another secret",
              "created_at": "2020-01-01T00:00:00Z",
              "object": ["suspended": true],
            ])
          let forged = try #require(await incoming.next())
          #expect(forged.signature != first.signature)
          #expect(forged.json["created_at"] == "2020-01-01T00:00:00.000Z")
          #expect(forged.json["object"]?["suspended"] == true)
        }
      }
  }

  @Test(arguments: [(503, 3), (401, 3), (404, 1), (501, 1), (202, 1)])
  func aReceiverThatFailsIsTriedAgainUnlessThatIsPointless(_ status: Int, _ tries: Int) async throws {
    let receiver = Router()
    receiver.post("/hook") { _, _ in HTTPResponse.Status(code: status) }
    try await Application(
      router: receiver, configuration: .init(address: .hostname("127.0.0.1", port: 0))
    )
    .test(.live) { client in
      let port = try #require(client.port)
      try await Bench.open(
        .router, try Bench.settings { $0.webhookRetryDelays = [.milliseconds(1), .milliseconds(1)] }
      ) {
        bench async throws in
        try await set(bench, "http://127.0.0.1:\(port)/hook")
        try await bench.control(.post, "/members/bob/suspend")
        var attempts: [WebhookLog.Attempt] = []
        while attempts.count < tries {
          await Task.yield()
          attempts = await bench.sandbox.courier.log.attempts
        }
        #expect(attempts.map(\.attempt) == Array(1...tries))
        #expect(attempts.allSatisfy { $0.status == status })
      }
    }
  }

  @Test func mastodonTriesSixteenTimesAgain() {
    #expect(SandboxSettings.mastodonRetryDelays.count == 16)
    #expect(SandboxSettings.mastodonRetryDelays.first == .seconds(15))
  }
}

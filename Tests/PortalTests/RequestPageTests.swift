// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts
@testable import Portal

/// Who waits for an answer, and what strangers wrote.
@Suite struct RequestPageTests {
  private static let mallory = Address(stored: "mallory@evil.example")
  private static let alice = Name(stored: "alice")

  private static func request(_ texts: String..., count: Int? = nil, kind: MessageRequest.Kind = .message)
    -> MessageRequest
  {
    MessageRequest(
      sender: mallory, first: Timestamp(seconds: 1_799_999_000), last: Timestamp(seconds: 1_799_999_900),
      count: count ?? texts.count,
      said: texts.map { .init(at: Timestamp(seconds: 1_799_999_000), kind: kind, text: $0) })
  }

  @Test func whoAsksIsAnswered() async throws {
    let link = StandInLink()
    try await PageStage.with(link: link) { stage, client in
      let alice = try await stage.member()
      let asking = try ["bob@example.org", "carol@example.org"].map {
        ContactBook.Asking(address: try Address($0), at: stage.clock.now())
      }
      try await stage.befriend(alice, ContactBook(asking: asking), link)
      let page = try await client.page("/requests", alice)
      #expect(page.text.contains("Accept bob@example.org") && page.text.contains("Decline carol@example.org"))
      #expect(try await client.page("/devices", alice).text.contains("2 people wait for your answer"))
      #expect(
        try await client.post("/requests/contact", ["address": "bob@example.org", "do": "accept"], alice)
          .leads
          == "/requests?done=accepted")
      #expect(
        try await client.post("/requests/contact", ["address": "carol@example.org", "do": "decline"], alice)
          .leads
          == "/requests?done=declined")
      try await stage.settle(alice, link)
      #expect(link.now.answers.sorted() == ["accept bob@example.org", "decline carol@example.org"])
      #expect(
        try await client.post("/requests/contact", ["address": "bob@example.org", "do": "accept"], alice)
          .leads
          == "/requests?done=gone")
      #expect(try await client.page("/requests", alice).text.contains("Nobody waits for you"))
      let after = try await client.page("/people", alice).text
      #expect(after.contains("bob@example.org") && !after.contains("carol@example.org"))
      #expect(!after.contains("nav__count"), "nobody waits any more")
    }
  }

  @Test func aFirstMessageIsReadWithoutAWordAndAnswered() async throws {
    let link = StandInLink()
    link.set { $0.requests[Self.alice] = [Self.request("Hello,\nyou won! https://evil.example/", count: 4)] }
    try await PageStage.with(link: link) { stage, client in
      let alice = try await stage.member()
      let page = try await client.page("/requests", alice).text
      #expect(page.contains("Hello,\nyou won! https://evil.example/") && page.contains("and 3 more messages"))
      #expect(page.contains("Reading here tells the sender nothing"))
      #expect(!page.contains("href=\"https://evil.example"), "no link is made of what a stranger wrote")
      #expect(page.contains("one person waits for your answer"))
      #expect(link.now.answers.isEmpty)
      let form = ["address": Optional(Self.mallory.description), "do": "accept"]
      #expect(try await client.post("/requests/message", form, alice).leads == "/requests?done=let-through")
      #expect(link.now.answers == ["let through mallory@evil.example"])
      #expect(try await client.post("/requests/message", form, alice).leads == "/requests?done=gone")
      link.set { $0.requests[Self.alice] = [Self.request("Again")] }
      let no = form.merging(["do": "refuse"]) { $1 }
      #expect(try await client.post("/requests/message", no, alice).leads == "/requests?done=refused")
      #expect(link.now.answers.last == "refuse mallory@evil.example")
      #expect(try await client.page("/requests", alice).text.contains("Nobody waits for you"))
    }
  }

  @Test func whatAStrangerWroteStaysPlainText() async throws {
    let link = StandInLink()
    let nasty =
      "<img src=x onerror=alert(1)>\u{202E}txt.exe\u{0}\u{1B}[2J\"\u{301} {server}"
      + String(repeating: "\n", count: 500)
      + String(repeating: "Z\u{0351}\u{0352}\u{0353}\u{0354}\u{0355}\u{0356}", count: 100)
      + String(repeating: "x", count: 20_000)
    link.set { $0.requests[Self.alice] = [Self.request(nasty)] }
    try await PageStage.with(link: link) { stage, client in
      let alice = try await stage.member()
      let page = try await client.page("/requests", alice).text
      #expect(page.contains("&lt;img src=x") && !page.contains("<img") && page.contains("{server}"))
      let scalars = Array(page.unicodeScalars)
      for hidden in ["\u{202E}", "\u{0}", "\u{1B}"] as [Unicode.Scalar] { #expect(!scalars.contains(hidden)) }
      #expect(!page.contains("\n\n\n\n") && !page.unicodeScalars.contains("\u{0356}"))
      #expect(page.utf8.count < 40_000)
      #expect(page.contains("dir=\"auto\""))
    }
  }

  @Test func aChatServerThatIsAwayOrSlowHoldsNoPageUp() async throws {
    let link = StandInLink()
    link.set { $0.isAway = true }
    try await PageStage.with(link: link) { stage, client in
      let alice = try await stage.member()
      #expect(try await client.page("/requests", alice).text.contains("The chat server does not answer"))
      let form = ["address": Optional(Self.mallory.description), "do": "accept"]
      let refused = try await client.post("/requests/message", form, alice)
      #expect(refused.status == .serviceUnavailable && refused.text.contains("chat server does not answer"))
      link.set {
        $0.isAway = false
        $0.delay = .seconds(60)
      }
      stage.clock.advance(60)
      let began = ContinuousClock.now
      #expect(try await client.page("/devices", alice).status == .ok)
      #expect(ContinuousClock.now - began < .seconds(20))
    }
  }

  @Test func forWhoHasNeverHadAnAppNothingWaits() async throws {
    let link = StandInLink()
    link.set { $0.unknown = [Self.alice] }
    try await PageStage.with(link: link) { stage, client in
      let alice = try await stage.member()
      #expect(try await client.page("/requests", alice).text.contains("Nobody waits for you"))
      #expect(try await client.page("/api/v1/requests", alice).text == #"{"requests":[]}"#)
    }
  }

  @Test func callsThatDidNotRingAreListed() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member(calls: true)
      try stage.missCall(to: "alice", from: "bob")
      try stage.missCall(to: "carol", from: "dave")
      let page = try await client.page("/requests", alice).text
      #expect(page.contains("Calls that did not ring") && page.contains("bob@social.localhost"))
      #expect(!page.contains("dave"))
    }
  }

  @Test(arguments: ["", "yes", "ACCEPT", "remove", "accept\u{0}"])
  func anAnswerThatIsNoneChangesNothing(word: String) async throws {
    let link = StandInLink()
    link.set { $0.requests[Self.alice] = [Self.request("Hello")] }
    try await PageStage.with(link: link) { stage, client in
      let alice = try await stage.member()
      for path in ["/requests/contact", "/requests/message"] {
        let form = ["address": Optional(Self.mallory.description), "do": word]
        #expect(try await client.post(path, form, alice).status == .badRequest, "\(path)")
      }
      #expect(link.now.answers.isEmpty && link.now.requests[Self.alice]?.count == 1)
    }
  }
}

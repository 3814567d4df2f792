// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import HTTPTypes
import HummingbirdTesting
import Storage
import Testing

@testable import Accounts
@testable import Portal

/// Contacts: nothing is sent before the member has seen what it tells whom, and all of it can be taken back.
@Suite struct PeoplePageTests {
  @Test func nothingIsSentBeforeThePreviewIsConfirmed() async throws {
    let link = StandInLink()
    try await PageStage.with(link: link) { stage, client in
      let alice = try await stage.member()
      #expect(try await client.page("/people", alice).text.contains("No contacts yet"))
      #expect(try await client.page("/people/find", alice).text.contains("name=\"typed\""))
      let preview = try await client.post("/people/preview", ["typed": "@Bob@Example.org"], alice)
      #expect(preview.status == .ok)
      for words in [
        "Nothing has been sent", "bob@example.org", "alice@social.localhost", "Not when you are online",
        "Unverified: it may be somebody else",
      ] { #expect(preview.text.contains(words), "\(words)") }
      #expect(try await stage.waiting() == 0)
      let sent = try await client.send(preview, alice)
      let batch = try #require(sent.leads)
      #expect(batch.hasPrefix("/people/asked/"))
      let running = try await client.page(batch, alice)
      #expect(running.text.contains("0 of 1 done") && running.text.contains("Look again"))
      #expect(try await client.page("/people", alice).text.contains("Is being asked"))
      try await stage.settle(alice, link)
      #expect(link.now.answers == ["ask bob@example.org"])
      #expect(try await client.page(batch, alice).text.contains("1 of 1 done"))
      #expect(try await client.page("/people", alice).text.contains("Has not answered yet"))
      #expect(try await client.post("\(batch)/undo", [:], alice).leads == "/people?done=undone")
      try await stage.settle(alice, link)
      #expect(link.now.answers.last == "remove bob@example.org")
      #expect(try await client.page("/people", alice).text.contains("No contacts yet"))
    }
  }

  @Test func aPreviewSaysWhoIsNotAskedAndWhy() async throws {
    let link = StandInLink()
    try await PageStage.with(link: link) { stage, client in
      let alice = try await stage.member()
      _ = try await stage.member("carol", chat: false)
      let now = stage.clock.now()
      try await stage.befriend(
        alice,
        ContactBook(contacts: [
          Contact(address: Address("friend@example.org"), subscription: .both),
          Contact(address: Address("quiet@example.org"), subscription: .none, isAsked: true),
        ]))
      try await stage.accounts.ledger.write {
        try $0.setBlocks([.address("mallory@example.org")], from: .app, of: alice.account, at: now)
      }
      let boxes = [
        "friend@example.org", "quiet@example.org", "mallory@example.org", "alice@social.localhost",
        "carol@social.localhost", "nobody@social.localhost", "example.org",
      ]
      let preview = try await client.post(
        "/people/preview", Dictionary(uniqueKeysWithValues: boxes.map { ("to:\($0)", "on") }), alice)
      for words in [
        "Nobody would be asked", "Are contacts already", "Were asked already", "Is your own address",
        "Are blocked",
        "have not switched it on, or do not exist", "address of a server",
      ] { #expect(preview.text.contains(words), "\(words)") }
      #expect(!preview.text.contains("action=\"/people/ask\""))
      let forced = try await client.post(
        "/people/ask", ["addresses": boxes.joined(separator: " "), "once": "x"], alice)
      #expect(forced.status == .badRequest && forced.text.contains("Nobody was added"))
      #expect(try await stage.waiting() == 0)
    }
  }

  @Test(arguments: [
    (PresencePolicy.nobody, "You show that to nobody"), (.chosen, "to chosen people only"),
    (.contacts, "When you are online, once they have accepted"),
  ])
  func aPreviewSaysWhetherTheyLearnWhenOneIsOnline(policy: PresencePolicy, words: String) async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      try await stage.accounts.setPrivacy(Privacy(presence: policy), of: alice.account, by: .member)
      let preview = try await client.post("/people/preview", ["typed": "bob@example.org"], alice)
      #expect(preview.text.contains(words))
    }
  }

  @Test func theSameFormSentTwiceAsksOnce() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let preview = try await client.post("/people/preview", ["typed": "bob@example.org"], alice)
      #expect(try await client.send(preview, alice).leads?.hasPrefix("/people/asked/") == true)
      #expect(try await client.send(preview, alice).leads == "/people?done=already-asked")
      #expect(try await stage.waiting() == 1)
    }
  }

  @Test func thousandsFitIntoOneFormAndTheirProgressIsShown() async throws {
    let link = StandInLink()
    let many = (1...2_000).map { "somebody.with.a.name.\($0)@chat.mastodon.example" }
    link.set { $0.refuses = [Address(stored: many[6])] }
    try await PageStage.with(link: link) { stage, client in
      let alice = try await stage.member()
      try await stage.addApp(alice)
      let boxes = Dictionary(uniqueKeysWithValues: many.map { ("to:\($0)", Optional("on")) })
      let preview = try await client.post("/people/preview", boxes, alice)
      #expect(preview.status == .ok && preview.text.contains("Ask 2000 people to chat?"))
      #expect(preview.text.contains("and 1980 more"))
      let batch = try #require(try await client.send(preview, alice).leads)
      for _ in 0..<10 { _ = try await stage.accounts.runErrands() }
      let running = try await client.page(batch, alice)
      #expect(running.text.contains("of 2000 done") && running.text.contains("max=\"2000\""))
      while try await stage.waiting() > 0 {
        _ = try await stage.accounts.runErrands()
        stage.clock.advance(400)
      }
      let over = try await client.page(batch, alice)
      #expect(over.text.contains("2000 people were asked") && over.text.contains("One could not be asked"))
      #expect(over.text.contains(many[6]))
      let more = try await client.post(
        "/people/preview", boxes.merging(["typed": "one.more@example.org"]) { $1 }, alice)
      #expect(more.status == .unprocessableContent && more.text.contains("at most 2000 people"))
    }
  }

  @Test(arguments: [
    "bob@", "@", "bob@exa mple", "a b@example.org", "bob@example.org/x", "<b>@example.org", "b@-x-",
    "\u{202E}@x",
  ])
  func whatIsNoAddressIsExplained(typed: String) async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let response = try await client.post("/people/preview", ["typed": typed], alice)
      #expect(response.status == .unprocessableContent, "\(typed)")
      #expect(response.text.contains("href=\"#typed\"") && response.text.contains("aria-invalid=\"true\""))
      #expect(!response.text.contains("<b>") && !response.text.contains("\u{202E}"))
      #expect(
        try await client.post("/people/preview", ["to:\(typed)": "on"], alice).status == .badRequest,
        "\(typed)")
      for path in ["/people/remove", "/requests/contact", "/requests/message"] {
        let response = try await client.post(path, ["address": typed, "do": "accept"], alice)
        #expect(response.status == .badRequest, "\(path) \(typed)")
      }
    }
  }

  @Test func nobodyChosenIsExplained() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let response = try await client.post("/people/preview", ["typed": "  "], alice)
      #expect(response.status == .unprocessableContent && response.text.contains("Please choose somebody"))
    }
  }

  @Test func aContactsNameStaysTextAndTurnsNothingRound() async throws {
    let nasty =
      "\u{202E}gnp.exe\u{2066}<script>\"\u{301}" + String(repeating: "\u{0336}\u{0489}", count: 200)
      + "\n{server}"
    let link = StandInLink()
    try await PageStage.with(link: link) { stage, client in
      let alice = try await stage.member()
      let bob = try Address("bob@example.org")
      try await stage.befriend(
        alice, ContactBook(contacts: [Contact(address: bob, name: nasty, subscription: .both)]))
      for path in ["/people", "/people/remove?address=bob%40example.org", "/privacy/chosen"] {
        let text = try await client.page(path, alice).text
        #expect(text.contains("bob@example.org"), "\(path)")
        #expect(!text.unicodeScalars.contains { "\u{202E}\u{2066}".unicodeScalars.contains($0) }, "\(path)")
        #expect(!text.contains("<script>") && text.contains("{server}"), "\(path)")
        #expect(text.unicodeScalars.filter { $0 == "\u{0336}" }.count < 20, "\(path): a tower of accents")
      }
    }
  }

  @Test func aLongListComesInPages() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let contacts = (100..<220).map {
        Contact(address: Address(stored: "p\($0)@example.org"), subscription: .both)
      }
      try await stage.befriend(alice, ContactBook(contacts: contacts))
      var path: String? = "/people"
      var seen: [String] = []
      while let next = path {
        let text = try await client.page(next, alice).text
        #expect(text.contains("120 contacts"))
        seen += text.matches(of: #/class="person__name">(p[0-9]+)@/#).map { String($0.output.1) }
        path = text.firstMatch(of: #/href="(\/people\?after=[^"]+)"/#).map { String($0.output.1) }
      }
      #expect(seen == (100..<220).map { "p\($0)" })
      for odd in ["%00", "%zz", String(repeating: "x", count: 3_000), "a%40b%40c"] {
        #expect(try await client.page("/people?after=\(odd)", alice).status == .ok, "\(odd)")
      }
    }
  }

  @Test func anothersProgressAndContactsAreNotThere() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let bob = try await stage.member("bob")
      let begun = try await stage.accounts.add([Address("c@example.org")], of: alice.account, by: .member)
      #expect(try await client.page("/people/asked/\(begun.batch)", bob).status == .notFound)
      #expect(try await client.page("/people/asked/..%2Fx", bob).status == .notFound)
      _ = try await client.post("/people/asked/\(begun.batch)/undo", [:], bob)
      #expect(
        try await client.post("/people/remove", ["address": "c@example.org"], bob).leads
          == "/people?done=gone")
      #expect(try await stage.waiting() == 1)
      #expect(try await stage.accounts.progress(of: begun.batch, account: alice.account).waiting == 1)
    }
  }

  @Test func whoIsTakenOffIsNamedFirst() async throws {
    let link = StandInLink()
    try await PageStage.with(link: link) { stage, client in
      let alice = try await stage.member()
      try await stage.befriend(
        alice,
        ContactBook(contacts: [Contact(address: Address("bob@example.org"), name: "Bob", subscription: .both)]
        ),
        link)
      let ask = try await client.page("/people/remove?address=bob%40example.org", alice)
      #expect(
        ask.text.contains("Remove \("Bob".isolated)?") && ask.text.contains("value=\"bob@example.org\""))
      #expect(
        try await client.page("/people/remove?address=who%40example.org", alice).leads == "/people?done=gone")
      #expect(try await client.page("/people/remove", alice).status == .notFound)
      let removed = try await client.post("/people/remove", ["address": "bob@example.org"], alice)
      #expect(removed.leads == "/people?done=removed")
      #expect(try await client.page("/people?done=removed", alice).text.contains("Is being removed"))
      try await stage.settle(alice, link)
      #expect(link.now.answers == ["remove bob@example.org"])
    }
  }

  @Test func aListThatLooksEmptyOrOfflineIsExplained() async throws {
    let link = StandInLink()
    link.set { $0.isAway = true }
    try await PageStage.with(link: link) { stage, client in
      let alice = try await stage.member()
      let page = try await client.page("/people", alice).text
      #expect(page.contains("has not shown us your contacts yet. They are not lost"))
      try await stage.befriend(
        alice, ContactBook(contacts: [Contact(address: Address("bob@example.org"), subscription: .both)]))
      let known = try await client.page("/people", alice).text
      #expect(known.contains("This list is of") && known.contains("bob@example.org"))
      #expect(known.contains("Does your app show everybody as offline?"))
      let off = try await stage.member("carol", chat: false)
      #expect(try await client.page("/people", off).text.contains("Switch chat on"))
      #expect(try await client.page("/people/find", off).text.contains("Switch chat on"))
      #expect(try await client.post("/people/preview", ["typed": "bob@example.org"], off).status == .conflict)
      let forced = ["addresses": Optional("bob@example.org"), "once": "x"]
      #expect(try await client.post("/people/ask", forced, off).status == .conflict)
    }
  }
}

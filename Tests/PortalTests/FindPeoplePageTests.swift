// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import HTTPTypes
import HummingbirdTesting
import Storage
import Testing

@testable import Accounts
@testable import Portal

/// The people whom a member knows from the home server: by what they can be reached, and how sure that is.
@Suite struct FindPeoplePageTests {
  private static func person(
    _ id: Int, _ address: String, name: String = "", follows: Bool = true, back: Bool = true,
    stated: String? = nil
  ) -> Person {
    Person(
      id: String(id), address: Address(stored: address), displayName: name.isEmpty ? address : name,
      follows: follows, followsBack: back,
      stated: stated.map { [StatedAddress(service: .xmpp, address: Address(stored: $0))] } ?? [])
  }

  private func know(_ people: [Person], _ visitor: PageStage.Visitor, _ stage: PageStage) async throws {
    let account = try await stage.accounts.account(visitor.account)
    let now = stage.clock.now()
    _ = try await stage.accounts.ledger.write { writer in
      _ = try writer.setPeople(people, of: account)
      try writer.noteRelationsAsked(of: account.id, at: now)
      try writer.notePeopleRead(of: account.id, isCut: false, at: now)
    }
  }

  @Test func eachSaysByWhatTheyCanBeReachedAndHowThatIsKnown() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let bob = try await stage.member("bob", calls: true)
      _ = try await stage.accounts.addDevice(
        NewDevice(name: DeviceName("Phone"), app: .monal), to: bob.account, by: .member)
      _ = try await stage.member("carol", chat: false)
      try await know(
        [
          Self.person(1, "bob@social.localhost", name: "Bob"),
          Self.person(2, "carol@social.localhost", name: "Carol"),
          Self.person(3, "dave@elsewhere.example", name: "Dave", stated: "dave@chat.example"),
          Self.person(4, "erin@elsewhere.example", name: "Erin", follows: false),
        ], alice, stage)
      let page = try await client.page("/people/find", alice).text
      for words in [
        "Yes, here on social.localhost.", "Not switched on.",
        "\("dave@chat.example".isolated), as their profile says.",
        "You follow each other", "Follows you", "Only within social.localhost, so far.",
        "name=\"to:bob@social.localhost\"", "name=\"to:dave@chat.example\"", "Add all 3 who follow you back",
        "As of",
      ] { #expect(page.contains(words), "\(words)") }
      #expect(!page.contains("name=\"to:carol@social.localhost\""), "who has no chat cannot be asked")
      #expect(!page.contains("name=\"to:erin@elsewhere.example\""), "it is not known whether Erin has chat")
      // A post that is written already: the mention first, at the home server.
      #expect(page.contains("https://social.localhost:8443/share?text=%40carol%20I%20have%20chat"))
      #expect(!page.contains("<img"))
      let search = try await client.page("/people/find?q=DAV&show=mutual", alice).text
      #expect(search.contains("dave@elsewhere.example") && !search.contains("bob@social.localhost"))
      #expect(search.contains("value=\"mutual\" selected") && search.contains("value=\"DAV\""))
      #expect(try await client.page("/people/find?q=nobody", alice).text.contains("Nobody was found."))
    }
  }

  @Test func allWhoFollowBackAreAskedAsFarAsTheyHaveChat() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      try await know(
        (1...900).map {
          Self.person($0, "p\($0)@elsewhere.example", stated: $0 <= 850 ? "p\($0)@chat.example" : nil)
        }
          + [Self.person(1_000, "only@elsewhere.example", follows: false, stated: "only@chat.example")],
        alice, stage)
      let preview = try await client.post("/people/preview", ["all": "mutual"], alice)
      #expect(preview.status == .ok && preview.text.contains("Ask 850 people to chat?"))
      #expect(preview.text.contains("50 more have no chat that we know of"))
      #expect(!preview.text.contains("only@chat.example"))
      #expect(preview.text.contains("their profile or their server says so"))
      #expect(try await stage.waiting() == 0)
      _ = try await client.send(preview, alice)
      #expect(try await stage.waiting() == 850)
    }
  }

  @Test func whoMayBeSomebodyElseIsMarked() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      try await know([Self.person(1, "dave@elsewhere.example", stated: "dave@chat.example")], alice, stage)
      let known = try await client.post("/people/preview", ["to:dave@chat.example": "on"], alice).text
      #expect(known.contains("their profile or their server says so") && !known.contains("Unverified"))
      let typed = try await client.post("/people/preview", ["typed": "dave@elsewhere.org"], alice).text
      #expect(
        typed.contains("Unverified: it may be somebody else.") && typed.contains("Write nothing private"))
    }
  }

  @Test func aNameFromElsewhereStaysText() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let nasty = "\"><script>alert(1)</script>\u{202E}\u{2066}{server}"
      try await know([Self.person(1, "dave@elsewhere.example", name: nasty)], alice, stage)
      let page = try await client.page("/people/find", alice).text
      #expect(!page.contains("<script>alert") && page.contains("{server}"))
      #expect(!page.unicodeScalars.contains { "\u{202E}\u{2066}".unicodeScalars.contains($0) })
    }
  }

  @Test func peopleComeInPagesAndOddQueriesAreAnswered() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      try await know((100..<200).map { Self.person($0, "p\($0)@elsewhere.example") }, alice, stage)
      var path: String? = "/people/find?q=p1"
      var seen: [String] = []
      while let next = path {
        let text = try await client.page(next, alice).text
        seen += text.matches(of: #/person__name">(p1[0-9]+)@/#).map { String($0.output.1) }
        path = text.matches(of: #/href="(\/people\/find\?[^"]*after=[^"&][^"]*)"/#).last.map {
          String($0.output.1).replacing("&amp;", with: "&")
        }
      }
      #expect(seen == (100..<200).map { "p\($0)" })
      for odd in [
        "after=%00", "after=x&show=friends", "q=\(String(repeating: "x", count: 3_000))", "q=%zz",
        "q=%E2%80%AE",
      ] {
        #expect(try await client.page("/people/find?\(odd)", alice).status == .ok, "\(odd)")
      }
    }
  }

  @Test func askingRegularlyIsTheMembersChoice() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      #expect(
        try await client.page("/privacy", alice).text.contains(
          "when you sign in and while you use these pages"))
      for odd in ["", "on", "YES"] {
        #expect(
          try await client.post("/privacy/access", ["keep": odd], alice).status == .badRequest, "\(odd)")
      }
      #expect(
        try await client.post("/privacy/access", ["keep": "yes"], alice).leads == "/privacy?done=access")
      #expect(try await client.page("/privacy", alice).text.contains("every ten minutes"))
      #expect(try await stage.accounts.relations(of: alice.account).keepsAccess)
      #expect(try await client.post("/privacy/access", ["keep": "no"], alice).leads == "/privacy?done=access")
      #expect(try await !stage.accounts.relations(of: alice.account).keepsAccess)
    }
  }
}

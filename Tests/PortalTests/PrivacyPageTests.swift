// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts
@testable import Portal

/// Who sees when the member is online, and who may reach them.
@Suite struct PrivacyPageTests {
  private static let all = ["presence": Optional("contacts"), "chat": "everyone", "calls": "contacts"]

  @Test func aNewMemberIsSeenByNobodyAndReachedByWhomTheyFollow() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member(calls: true)
      let page = try await client.page("/privacy", alice).text
      for (field, value) in [("presence", "nobody"), ("chat", "followed"), ("calls", "followed")] {
        #expect(page.contains("name=\"\(field)\" value=\"\(value)\" checked"), "\(field)")
      }
      #expect(page.contains("Chatting works fully whatever you choose"))
    }
  }

  @Test func whatIsChosenIsKeptAndShown() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      #expect(try await client.post("/privacy", Self.all, alice).leads == "/privacy?done=saved")
      let kept = try await stage.accounts.account(alice.account).privacy
      #expect(kept == Privacy(presence: .contacts, chatReach: .everyone, callReach: .contacts))
      let page = try await client.page("/privacy?done=saved", alice).text
      #expect(page.contains("value=\"contacts\" checked") && page.contains("It is so from now on"))
      #expect(try await client.page("/settings", alice).text.contains("All your contacts."))
      #expect(try await client.page("/requests", alice).text.contains("Everybody may start a chat with you"))
    }
  }

  @Test(arguments: [
    ["presence": ""], ["presence": "everyone"], ["presence": nil], ["presence": "Nobody"], ["chat": "nobody"],
    ["chat": nil], ["calls": "all"], ["calls": nil], ["chat": "followed "],
  ])
  func wordsThatAreNoneChangeNothing(change: [String: String?]) async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let response = try await client.post("/privacy", Self.all.merging(change) { $1 }, alice)
      #expect(response.status == .badRequest, "\(change)")
      #expect(try await stage.accounts.account(alice.account).privacy == Privacy())
    }
  }

  @Test func aSiteWithoutCallsAsksNothingOfThem() async throws {
    try await PageStage.with(calls: false) { stage, client in
      let alice = try await stage.member()
      let page = try await client.page("/privacy", alice).text
      #expect(!page.contains("name=\"calls\"") && !page.contains("Who may call me"))
      let form = ["presence": Optional("nobody"), "chat": "contacts"]
      #expect(try await client.post("/privacy", form, alice).leads == "/privacy?done=saved")
      #expect(try await stage.accounts.account(alice.account).privacy.callReach == .followed)
    }
  }

  @Test func onlyContactsCanBeChosen() async throws {
    let link = StandInLink()
    try await PageStage.with(link: link) { stage, client in
      let alice = try await stage.member()
      #expect(try await client.page("/privacy/chosen", alice).text.contains("No contacts yet"))
      let form = Self.all.merging(["presence": "chosen"]) { $1 }
      #expect(try await client.post("/privacy", form, alice).leads == "/privacy/chosen?done=saved")
      let many = (0..<1_500).map {
        Contact(address: Address(stored: "friend.\($0)@chat.example.org"), subscription: .both)
      }
      try await stage.befriend(alice, ContactBook(contacts: many))
      let boxes = many.dropFirst().map { ("see:\($0.address)", Optional("on")) }
      let saved = try await client.post(
        "/privacy/chosen", Dictionary(uniqueKeysWithValues: boxes + [("see:stranger@example.org", "on")]),
        alice)
      #expect(saved.leads == "/privacy?done=chosen")
      let entries = try await stage.accounts.contacts(of: alice.account).entries
      #expect(
        entries.filter { !$0.isChosen }.map(\.contact.address.description) == ["friend.0@chat.example.org"])
      #expect(try await client.page("/privacy", alice).text.contains("You have chosen 1499 people."))
      #expect(
        try await client.post("/privacy/chosen", ["see:not an address": "on"], alice).status == .badRequest)
      #expect(try await client.post("/privacy/chosen", [:], alice).leads == "/privacy?done=chosen")
      #expect(try await stage.accounts.contacts(of: alice.account).entries.allSatisfy { !$0.isChosen })
    }
  }

  @Test func whatOthersSeeIsWhatTheChatServerSays() async throws {
    let link = StandInLink()
    try await PageStage.with(link: link) { stage, client in
      let alice = try await stage.member()
      // The settings say “contacts”, but what counts is what is so.
      try await stage.accounts.setPrivacy(Privacy(presence: .contacts), of: alice.account, by: .member)
      #expect(try await client.page("/privacy", alice).text.contains("None of your apps for chat is online"))
      link.set { $0.sight = Sight(online: 2, seenBy: []) }
      let unseen = try await client.page("/privacy", alice).text
      #expect(unseen.contains("You are online with 2 apps.") && unseen.contains("Nobody sees that."))
      link.set {
        $0.sight = Sight(
          online: 1, seenBy: [Address(stored: "bob@example.org"), Address(stored: "carol@example.org")])
      }
      let seen = try await client.page("/privacy", alice).text
      #expect(seen.contains("2 people see that:") && seen.contains("<bdi>bob@example.org</bdi>"))
      _ = try await stage.accounts.addDevice(
        NewDevice(name: DeviceName("Phone"), app: .monal), to: alice.account, by: .member)
      link.set { $0.isAway = true }
      let unknown = try await client.page("/privacy", alice).text
      #expect(unknown.contains("so we do not know who sees you") && !unknown.contains("Nobody sees that."))
      let off = try await stage.member("carol", chat: false)
      #expect(try await client.page("/privacy", off).text.contains("Chat is off: nobody sees anything"))
    }
  }

  @Test func aPhoneThatWouldRingIsCounted() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member(calls: true)
      #expect(try await client.page("/privacy", alice).text.contains("a call would not ring"))
      let issued = try await stage.accounts.addDevice(
        NewDevice(name: DeviceName("Phone"), app: .linphone), to: alice.account, by: .member)
      try stage.see(issued.device, .sip, from: "198.51.100.7", online: true)
      #expect(try await client.page("/privacy", alice).text.contains("One of your phones would ring."))
    }
  }
}

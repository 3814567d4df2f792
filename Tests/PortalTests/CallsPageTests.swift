// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Accounts
@testable import Portal

/// Calls on the pages: switched on and off apart from chat, added with or without it, and what the list says of them.
@Suite struct CallsPageTests {
  private static func password(_ service: String, in page: TestResponse) -> String? {
    guard let place = page.text.range(of: "id=\"password-\(service)\"") else { return nil }
    return page.text[place.upperBound...].firstMatch(of: />([0-9a-z-]{34})</).map { String($0.1) }
  }

  @Test func callsAreSwitchedOnByThemselvesAndSayWhatTheyReveal() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member(chat: false)
      let first = try await client.page("/chat/on", alice)
      #expect(first.text.contains("href=\"/calls/on\""), "who wants calls alone finds the way")
      let ask = try await client.page("/calls/on", alice)
      #expect(ask.text.contains("Who can call you") && ask.text.contains("does not ring"))
      #expect(try await client.post("/calls/on", [:], alice).leads == "/devices?done=calls-on")
      let list = try await client.page("/devices?done=calls-on", alice)
      #expect(list.text.contains("Calls are on.") && list.text.contains("Your address for calls"))
      #expect(list.text.contains("Would you like to chat too?"))
      let settings = try await client.page("/settings", alice)
      #expect(settings.text.contains("Chat is off.") && settings.text.contains("Calls are on."))
      #expect(try await stage.accounts.overview(of: alice.account).account.services == [.sip])
      #expect(try await client.page("/calls/on", alice).leads == "/devices")
      #expect(try await client.page("/chat/off", alice).leads == "/settings")
    }
  }

  @Test func whoHasOneServiceIsAskedForOneAppAndWhoHasBothForBoth() async throws {
    try await PageStage.with { stage, client in
      let chat = try await stage.member("chat")
      let calls = try await stage.member("calls", chat: false, calls: true)
      let both = try await stage.member("both", calls: true)
      let none = try await stage.member("none", chat: false)
      for (visitor, expected, missing) in [
        (chat, ["name=\"chat\"", "Conversations"], ["name=\"calls\"", "Linphone", "value=\"none\""]),
        (calls, ["name=\"calls\"", "Linphone"], ["name=\"chat\"", "Conversations", "value=\"none\""]),
        (both, ["name=\"chat\"", "name=\"calls\"", "value=\"none\""], []),
      ] as [(PageStage.Visitor, [String], [String])] {
        let page = try await client.page("/devices/add", visitor)
        for text in expected { #expect(page.text.contains(text), "\(text)") }
        for text in missing { #expect(!page.text.contains(text), "\(text)") }
      }
      #expect(try await client.page("/devices/add", none).status == .conflict)
      for path in ["/devices/add/name?calls=linphone", "/devices/add/name?chat=dino&calls=linphone"] {
        #expect(try await client.page(path, chat).status == .conflict, "\(path)")
      }
      #expect(try await client.page("/devices/add/name?chat=dino", calls).status == .conflict)
    }
  }

  @Test func eachAppGetsAPasswordOfItsOwnAndItsSteps() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member(calls: true)
      let form = PageFormTests.newDevice(["name": "Phone"])
      let page = try await client.post("/devices/add?chat=conversations&calls=linphone", form, alice)
      #expect(page.status == .ok && page.headers[.cacheControl] == "no-store")
      let chat = try #require(Self.password("chat", in: page))
      let calls = try #require(Self.password("calls", in: page))
      #expect(chat != calls)
      for text in [
        "For Conversations", "For Linphone", "Set up Conversations and Linphone",
        "data-copy=\"password-chat\"",
        "data-copy=\"password-calls\"", "does not ring", "SRTP", "5061",
      ] {
        #expect(page.text.contains(text), "\(text)")
      }
      #expect(page.text.matches(of: /class="qr"/).count == 2)
      let list = try await client.page("/devices", alice)
      #expect(list.text.contains("Conversations") && list.text.contains("Linphone"))
      #expect(!list.text.contains(chat) && !list.text.contains(calls))
      #expect(try await stage.accounts.overview(of: alice.account).devices.count == 1)
    }
  }

  @Test(arguments: [App.baresip, .deskPhone, .otherPhone, .monal, .gajim, .dino, .other])
  func everyAppHasItsWords(app: App) async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member(calls: true)
      let query = "\(app.service.apiName)=\(app.rawValue)"
      let name = try await client.page("/devices/add/name?\(query)", alice)
      #expect(name.status == .ok && !name.text.contains("add.name_default"))
      let page = try await client.post("/devices/add?\(query)", PageFormTests.newDevice(), alice)
      #expect(page.status == .ok)
      #expect(!page.text.contains(/\{[a-z_]+\}/) && !page.text.contains(/(password|common|add)\.[a-z_]+/))
      #expect(page.text.matches(of: /<li>/).count > 2)
      #expect(page.text.contains("class=\"qr\"") == (app == .monal))
      if app == .baresip, let password = Self.password("calls", in: page) {
        let line = StrictHTML().escapeText(
          "<sip:alice@social.localhost;transport=tls>;auth_user=alice;auth_pass=\(password)")
        #expect(page.text.contains(line))
      }
    }
  }

  @Test func theListSaysWhichPhoneRingsAndWhichDoesNot() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member(calls: true)
      let issued = try await stage.accounts.addDevice(
        NewDevice(name: DeviceName("Phone"), apps: [.xmpp: .conversations, .sip: .linphone]),
        to: alice.account, by: .member)
      var list = try await client.page("/devices", alice)
      #expect(
        list.text.contains("Not connected, so it does not ring") && list.text.contains("Not connected"))
      #expect(list.text.contains("rings only while its app is running"))
      try stage.see(issued.device, .sip, from: "198.51.100.7", online: true)
      list = try await client.page("/devices", alice)
      #expect(list.text.contains("Connected now</span><span>, from 198.51.100.7"))
      #expect(list.text.contains("Not connected"), "chat is another matter")
      try stage.see(issued.device, .sip, from: "198.51.100.7", online: false)
      list = try await client.page("/devices", alice)
      #expect(
        list.text.contains("does not ring")
          && list.text.contains(/last <time[^>]*>[^<]*<\/time> from 198\.51\.100\.7/))
      try stage.see(issued.device, .sip, from: "198.51.100.7", online: true)
      #expect(try await client.post("/calls/off", [:], alice).leads == "/settings?done=calls-off")
      list = try await client.page("/devices", alice)
      #expect(
        !list.text.contains("Connected now"), "what is switched off is not there, whatever was seen last")
      #expect(list.text.contains("Calls are off, so none of your phones can sign in or ring."))
    }
  }

  @Test func aSiteWithoutCallsDoesNotSpeakOfThem() async throws {
    try await PageStage.with(calls: false) { stage, client in
      let alice = try await stage.member(chat: false)
      for path in ["/", "/chat/on", "/settings", "/nowhere"] {
        for visitor in [nil, alice] {
          let text = try await client.page(path, visitor).text
          #expect(!text.lowercased().contains("calls") && !text.contains("SIP"), "\(path)")
        }
      }
      _ = try await client.post("/chat/on", [:], alice)
      for path in ["/devices", "/devices/add"] {
        #expect(!(try await client.page(path, alice)).text.lowercased().contains("calls"), "\(path)")
      }
      for path in ["/calls/on", "/calls/off", "/provision/x"] {
        #expect(try await client.page(path, alice).status == .notFound, "\(path)")
      }
      #expect(
        try await client.post("/devices/add?calls=linphone", PageFormTests.newDevice(), alice).status
          == .conflict)
      #expect(try await client.post("/calls/on", [:], alice).status == .notFound)
    }
  }
}

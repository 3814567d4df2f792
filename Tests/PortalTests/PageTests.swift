// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Accounts
@testable import Portal

/// What the pages show, and to whom.
@Suite struct PageTests {
  @Test func theWayFromSwitchingOnToADevice() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member(chat: false)
      #expect(try await client.page("/", alice).leads == "/chat/on")
      let ask = try await client.page("/chat/on", alice)
      #expect(
        ask.text.contains("alice@social.localhost") && ask.text.contains("Nobody sees when you are online"))
      #expect(try await client.post("/chat/on", [:], alice).leads == "/devices?done=chat-on")
      #expect(try await client.page("/devices?done=chat-on", alice).text.contains("Chat is on."))
      #expect(
        try await client.page("/devices/add?chat=conversations", alice).text.contains(
          "value=\"conversations\""))
      let name = try await client.page("/devices/add/name?chat=conversations", alice)
      #expect(name.text.contains("value=\"My phone\""))
      let form = PageFormTests.newDevice(["name": "My phone", "expires": "30"])
      let shown = try await client.post("/devices/add?chat=conversations", form, alice)
      #expect(shown.status == .ok)
      #expect(shown.headers[.cacheControl] == "no-store")
      #expect(shown.text.contains("class=\"qr\""))
      let password = try #require(shown.text.firstMatch(of: /translate="no">([0-9a-z-]{34})</)?.1)
      let list = try await client.page("/devices?done=added", alice)
      #expect(list.text.contains("My phone") && list.text.contains("not used yet"))
      #expect(!list.text.contains(password))
      let id = try #require(list.text.firstMatch(of: /devices\/([0-9a-z]{16})\/remove/)?.1)
      #expect(try await client.page("/devices/\(id)/remove", alice).text.contains("Remove “My phone”?"))
      #expect(
        try await client.post("/devices/\(id)/rename", ["name": "Telefon 📱"], alice).leads
          == "/devices?done=renamed")
      #expect(try await client.page("/devices", alice).text.contains("Telefon 📱"))
      #expect(
        try await client.post("/devices/\(id)/remove", [:], alice).leads == "/devices?done=removed-slow")
      #expect(try await client.page("/devices", alice).text.contains("No devices yet"))
    }
  }

  @Test func everyPageHasOneHeadingATitleALanguageAndNoGap() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let issued = try await stage.accounts.addDevice(
        NewDevice(name: DeviceName("Phone"), app: .monal), to: alice.account, by: .member)
      let id = issued.device.id.text
      let phone = try await stage.member("bob", calls: true)
      _ = try await stage.accounts.addDevice(
        NewDevice(name: DeviceName("Phone"), apps: [.xmpp: .monal, .sip: .linphone]), to: phone.account,
        by: .member)
      let pages: [(String, PageStage.Visitor?)] = [
        ("/", nil), ("/signed-out", nil), ("/signed-out?everywhere=yes", nil), ("/nowhere", nil),
        ("/nowhere", alice),
        ("/devices", alice), ("/devices/add", alice), ("/devices/add/name?chat=dino", alice),
        ("/devices/\(id)/rename", alice), ("/devices/\(id)/remove", alice), ("/settings", alice),
        ("/chat/off", alice), ("/calls/on", alice), ("/calls/off", phone), ("/devices", phone),
        ("/settings", phone),
        ("/devices/add", phone), ("/provision/x", nil),
        ("/sign-out-everywhere", alice), ("/people", alice), ("/people/find", alice), ("/requests", alice),
        ("/privacy", alice), ("/privacy/chosen", alice), ("/privacy", phone),
      ]
      for (path, visitor) in pages {
        let text = try await client.page(path, visitor, headers: ["Accept": "text/html"]).text
        #expect(text.matches(of: /<h1/).count == 1, "\(path)")
        #expect(text.contains("<html lang=\"en\""), "\(path)")
        #expect(text.contains(/<title>[^<]{5,}<\/title>/), "\(path)")
        #expect(!text.contains("{{") && !text.contains(/\{[a-z_]+\}/), "\(path): an unfilled gap")
        #expect(
          !text.contains(/<(p|h1|h2|h3|button|span class="choice__title")[^>]*><\/\1/), "\(path): empty words"
        )
        #expect(
          !text.contains(" style=") && !text.contains(/<script(?! src=)/),
          "\(path): the policy would refuse it")
      }
    }
  }

  @Test func whatAMemberTypesStaysText() async throws {
    // The accents join the quotes and brackets into one character each: escaping by character would miss them.
    let nasty = "\"\u{301} autofocus onfocus=alert(1) x=\"'<\u{338}b><script>&{server}"
    try await PageStage.with { stage, client in
      let alice = try await stage.member(displayName: nasty)
      let issued = try await stage.accounts.addDevice(
        NewDevice(name: DeviceName(nasty), app: .other), to: alice.account, by: .member)
      for path in [
        "/devices", "/devices/\(issued.device.id)/rename", "/devices/\(issued.device.id)/remove", "/nowhere",
      ] {
        let text = try await client.page(path, alice).text
        #expect(text.unicodeScalars.contains("\u{301}"), "\(path)")
        #expect(!Array(text.unicodeScalars).contains(["\"", "\u{301}"]), "\(path)")
        #expect(!Array(text.unicodeScalars).contains(["<", "\u{338}"]), "\(path)")
        #expect(!text.contains("<script>") && text.contains("{server}"), "\(path)")
      }
    }
  }

  @Test func everyAnswerHasTheSecurityHeaders() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      for (path, visitor) in [
        ("/", nil), ("/nowhere", nil), ("/devices", alice), ("/livez", nil), ("/web/0/client/main.js", nil),
      ]
        as [(String, PageStage.Visitor?)]
      {
        let headers = try await client.page(path, visitor).headers
        let policy = try #require(headers[.contentSecurityPolicy])
        #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
        #expect(policy.contains("form-action 'self' https://social.localhost:8443"))
        #expect(!policy.contains("unsafe"))
        #expect(headers[.xContentTypeOptions] == "nosniff")
        // With no-referrer a browser sends "Origin: null" with our own forms, which the origin check refuses.
        #expect(headers[.referrerPolicy] == "same-origin")
        #expect(headers[.requestID] != nil)
      }
    }
  }

  @Test func aMethodThatAPathDoesNotHaveIsRefusedWithTheOnesItHas() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      for (path, allow) in [("/devices", "GET, HEAD"), ("/sign-in", "POST"), ("/chat/on", "GET, HEAD, POST")]
      {
        for method in [HTTPRequest.Method.put, .delete, .patch] {
          let response = try await client.page(
            path, alice, method: method, headers: ["Origin": PageStage.origin])
          #expect(response.status == .methodNotAllowed, "\(method) \(path)")
          #expect(response.headers[.allow] == allow, "\(method) \(path)")
        }
      }
      #expect(try await client.page("/devices", alice, method: .head).status == .ok)
    }
  }

  @Test func whoIsSignedOutSeesNothing() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let forged = PageStage.Visitor(cookie: .init("x"), account: alice.account, csrf: alice.csrf)
      for visitor in [nil, forged] {
        for path in [
          "/devices", "/devices/add", "/devices/add/name?chat=gajim", "/settings", "/chat/on", "/chat/off",
          "/sign-out-everywhere", "/people", "/people/find", "/requests", "/privacy", "/privacy/chosen",
        ] {
          let response = try await client.page(path, visitor)
          #expect(response.leads == "/", "\(path)")
          #expect(!response.text.contains("alice"), "\(path)")
        }
      }
    }
  }

  @Test func aMemberWhoIsOutHasNoSessionAndASwitchedOffOneCanStillRemove() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let issued = try await stage.accounts.addDevice(
        NewDevice(name: DeviceName("Phone"), app: .monal), to: alice.account, by: .member)
      #expect(try await client.post("/chat/off", [:], alice).leads == "/settings?done=chat-off")
      let list = try await client.page("/devices", alice)
      #expect(list.text.contains("Chat is off") && list.text.contains("Phone"))
      #expect(
        try await client.post(PageFormTests.addDevice, PageFormTests.newDevice(), alice).status == .conflict)
      #expect(try await client.post("/devices/\(issued.device.id)/remove", [:], alice).status == .seeOther)
      try await stage.accounts.disable(alice.account, by: .admin)
      #expect(try await client.page("/settings", alice).leads == "/")
    }
  }

  @Test func signingOutEverywhereEndsEverySessionAndOnlyThenDevices() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let other = try await stage.visitor(alice.account)
      _ = try await stage.accounts.addDevice(
        NewDevice(name: DeviceName("Phone"), app: .monal), to: alice.account, by: .member)
      let response = try await client.post("/sign-out-everywhere", [:], alice)
      #expect(response.leads == "/signed-out?everywhere=yes")
      let cookie = try #require(response.headers[.setCookie])
      #expect(
        cookie.contains("__Host-trunkline=;") && cookie.contains("Max-Age=0") && cookie.contains("HttpOnly"))
      #expect(try await stage.accounts.session(other.cookie) == nil)
      #expect(try await stage.accounts.overview(of: alice.account).devices.count == 1)
      let again = try await stage.visitor(alice.account)
      _ = try await client.post("/sign-out-everywhere", ["devices": "remove"], again)
      #expect(try await stage.accounts.overview(of: alice.account).devices.isEmpty)
    }
  }

  @Test func tooManyRequestsAreSlowedDown() async throws {
    try await PageStage.with(requestBurst: 20) { _, client in
      var last: TestResponse?
      for _ in 0..<1_000 {
        let response = try await client.page("/signed-out")
        last = response
        if response.status == .tooManyRequests { break }
      }
      #expect(last?.status == .tooManyRequests)
      #expect(last?.headers[.retryAfter] != nil)
      #expect(last?.text.contains("That was too fast") == true)
    }
  }

  @Test func assetsAreNamedByTheirContent() async throws {
    try await PageStage.with { _, client in
      let page = try await client.page("/").text
      for name in ["portal.css", "portal.js", "icon.svg"] {
        let path = try #require(
          page.firstMatch(of: try Regex("/assets/[0-9a-f]{16}/\(name)")).map { String(page[$0.range]) })
        let first = try await client.page(path)
        #expect(first.status == .ok && first.headers[.cacheControl]?.contains("immutable") == true)
        let tag = try #require(first.headers[.eTag])
        #expect(try await client.page(path, headers: ["If-None-Match": tag]).status == .notModified)
      }
      for path in [
        "/assets/0000000000000000/portal.css", "/assets/x/../../secrets", "/assets/0/%2e%2e%2fen.json",
      ] {
        #expect(try await client.page(path).status == .notFound)
      }
    }
  }

  @Test func everyErrorHasItsWords() async throws {
    let share = PageStage.checkout.appending(path: "share")
    let words = try Catalogue(share: share)
    for name in [
      "server_unreachable", "server_slow", "server_wrong", "denied", "link_expired", "not_found",
      "wrong_method",
      "bad_request", "too_large", "form_expired", "too_many", "disabled", "suspended", "name_taken",
      "being_deleted",
      "other_member", "not_local", "software", "device_limit", "service_off", "link_unknown", "signed_out",
      "sign_in_not_recent", "origin_untold", "bad_choice", "chat_server_away", "permission_needed",
      "cannot_report",
      "unavailable", "internal", "kept_out", "other_app", "ticket_spent", "no_web_session", "not_set_up",
      "home_server",
    ] {
      #expect(words.has("errors.\(name).title") && words.has("errors.\(name).happened"), "\(name)")
      #expect(!words.list("errors.\(name).can").isEmpty, "\(name)")
    }
  }
}

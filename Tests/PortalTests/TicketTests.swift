// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Storage
import Testing

@testable import Accounts
@testable import Portal

/// How the home server's own page lets a browser in, and who is not let in that way.
@Suite(.timeLimit(.minutes(2))) struct TicketTests {
  @Test func thePagesTokenLetsABrowserInAndIsNowhereAfterwards() async throws {
    try await WebSessionStage.with { stage in
      let token = try await stage.token(of: "alice")
      let answer = try await stage.ask(token)
      #expect(answer.status == .ok && answer.json["expires_in"] as? Int == 60, "\(answer.text)")
      #expect(answer.headers[.cacheControl] == "no-store" && answer.headers[.setCookie] == nil)
      let ticket = try #require(answer.json["ticket"] as? String)
      let (first, browser) = try await stage.stranger.open(ticket: ticket)
      // Nothing is switched on: there is a session, and nothing that could sign in to an engine.
      #expect(
        first.status == .ok && first.json["chat"] is NSNull && first.json["calls"] is NSNull
          && first.device == nil)
      #expect(first.json["address"] as? String == "alice@social.localhost")
      let session = try await browser.send(.get, "/api/v1/session")
      #expect(
        session.json["services"] as? [String] == [] && session.json["sign_in_is_recent"] as? Bool == false)
      #expect(try await browser.send(.put, "/api/v1/services/chat", #"{"on":true}"#).status == .ok)
      let (second, _) = try await browser.open()
      let password = try #require(second.chatPassword)
      #expect(second.headers[.setCookie] == nil)
      // A ticket is no proof of the member's password.
      let lasting = try await browser.send(.post, "/api/v1/devices", #"{"name":"Phone","chat":"monal"}"#)
      #expect(lasting.status == .forbidden && lasting.problem == "sign-in-not-recent")

      let cookie = try #require(browser.cookie?.split(separator: "=").last.map(String.init))
      #expect(cookie.count == 52 && stage.lines.all.count > 1_000)
      let ledger = try stage.stored("ledger/ledger.sqlite")
      for secret in [token, ticket, password, cookie] {
        #expect(!stage.lines.all.contains(secret))
        #expect(ledger.range(of: Data(secret.utf8)) == nil)
      }
      #expect(ledger.range(of: Data("alice".utf8)) != nil, "the search does find")
      let held = try await stage.accounts.ledger.read { [key = stage.accounts.key] in
        try $0.token(of: 1, key: key)
      }
      #expect(held == nil)
    }
  }

  @Test func anotherAppsTokenIsRefusedWhateverItMayDo() async throws {
    struct App: Decodable { let id: String }
    try await WebSessionStage.with { stage in
      let app = try JSONDecoder().decode(
        App.self,
        from: try await stage.home(
          .post, "/api/v1/apps",
          [
            "client_name": "Web", "redirect_uris": "https://app.example/",
            "scopes": WebSessionStage.allScopes,
          ]))
      let token = try await stage.token(of: "alice", app: app.id, WebSessionStage.allScopes)
      let answer = try await stage.ask(token)
      #expect(answer.status == .forbidden && answer.json["code"] as? String == "other-app", "\(answer.text)")
      // Not even whose it is was asked.
      let counters = String(decoding: try await stage.control(.get, "counters"), as: UTF8.self)
      #expect(
        !counters.contains("accounts/verify_credentials") && counters.contains("apps/verify_credentials"))
      #expect(try await stage.accounts.accounts(after: "", matching: nil, limit: 10).isEmpty)
      #expect(!stage.lines.all.contains(token))
    }
  }

  @Test func whoIsNotLetInIsToldWhyInOneWord() async throws {
    try await WebSessionStage.with { stage in
      func refused(_ token: String?, _ status: HTTPResponse.Status, _ code: String) async throws {
        let answer = try await stage.ask(token)
        #expect(answer.status == status && answer.json["code"] as? String == code, "\(code): \(answer.text)")
      }
      try await refused(nil, .unauthorized, "signed-out")
      try await refused("nobody's", .unauthorized, "signed-out")
      try await refused("two words", .unauthorized, "signed-out")
      try await refused(String(repeating: "x", count: 600), .unauthorized, "signed-out")
      try await refused(try await stage.token(of: "frank"), .forbidden, "kept-out")  // frozen
      try await refused(try await stage.token(of: "mallory"), .forbidden, "kept-out")  // suspended
      try await refused(try await stage.token(of: "peggy"), .forbidden, "kept-out")  // not approved yet
      let token = try await stage.token(of: "alice")
      try await stage.breakHome()
      try await refused(token, .badGateway, "home-server")
      try await stage.mendHome()
      #expect(try await stage.ask(token).status == .ok)
      let alice = try await stage.accounts.account(named: Name("alice"))
      try await stage.accounts.disable(alice.id, by: .admin)
      try await refused(token, .forbidden, "kept-out")
      try await stage.accounts.enable(alice.id, by: .admin)
      try await stage.control(.post, "members/alice/revoke-tokens")
      try await refused(token, .unauthorized, "signed-out")
    }
    for webApp in [nil, "2"] {
      try await WebSessionStage.with(webApp: webApp) { stage in
        let answer = try await stage.ask(try await stage.token(of: "alice"))
        #expect(answer.json["code"] as? String == (webApp == nil ? "not-set-up" : "other-app"))
        #expect(answer.status == (webApp == nil ? .serviceUnavailable : .forbidden))
      }
    }
  }

  @Test func onlyTheHomeServersPagesAskForTicketsAndOnlyOurOwnRedeemThem() async throws {
    try await WebSessionStage.with { stage in
      let token = try await stage.token(of: "alice")
      for (origin, site) in [
        (WebSessionStage.chat, "same-origin"), ("https://evil.example", "cross-site"), (nil, nil),
        (WebSessionStage.home, "same-site"), ("null", "same-origin"), (nil, "same-origin"),
      ] {
        #expect(
          try await stage.ask(token, origin: origin, site: site).status == .forbidden, "\(origin ?? "none")")
      }
      #expect(try await stage.ask(token, type: "text/plain").status == .unsupportedMediaType)
      #expect(try await stage.ask(token, body: "[]").status == .badRequest)
      #expect(try await stage.ask(token, body: #"{"token":"x"}"#).status == .badRequest)

      let ticket = try await stage.ticket(of: "alice")
      for origin in [WebSessionStage.home, "https://evil.example", nil] {
        let browser = stage.stranger.but {
          $0.origin = origin
          $0.fetchSite = nil
        }
        let (answer, _) = try await browser.open(ticket: ticket)
        #expect(answer.status == .forbidden && answer.headers[.setCookie] == nil)
      }
      #expect(try await stage.stranger.open(ticket: ticket).answer.status == .ok, "nobody has used it up")
    }
  }

  @Test func aTicketWorksOnceAndForAMinute() async throws {
    try await WebSessionStage.with { stage in
      func spent(_ ticket: String) async throws {
        let (answer, _) = try await stage.stranger.open(ticket: ticket)
        #expect(answer.status == .unauthorized && answer.json["code"] as? String == "ticket-spent")
      }
      let ticket = try await stage.ticket(of: "alice")
      // Two at once: one of them.
      async let one = stage.stranger.open(ticket: ticket).answer.status
      async let two = stage.stranger.open(ticket: ticket).answer.status
      #expect(Set(try await [one, two]) == [.ok, .unauthorized])
      try await spent(ticket)
      try await spent("no ticket")
      try await spent("")
      let late = try await stage.ticket(of: "alice")
      stage.clock.advance(60)
      try await spent(late)
      // What was decided between its two ends counts.
      let disabled = try await stage.ticket(of: "alice")
      let alice = try await stage.accounts.account(named: Name("alice"))
      try await stage.accounts.disable(alice.id, by: .admin)
      let (answer, _) = try await stage.stranger.open(ticket: disabled)
      #expect(answer.status == .forbidden && answer.json["code"] as? String == "kept-out")
    }
  }

  @Test func anotherMembersTicketTakesTheBrowserOver() async throws {
    try await WebSessionStage.with { stage in
      let bob = try await stage.signedIn("bob")
      let device = try #require(try await bob.open().answer.device)
      #expect(try stage.projected("bob")[device] != nil)
      let (answer, alice) = try await bob.open(ticket: try await stage.ticket(of: "alice"))
      #expect(answer.json["address"] as? String == "alice@social.localhost" && alice.cookie != bob.cookie)
      // Nothing of the first member is left in it.
      #expect(try await bob.send(.get, "/api/v1/session").status == .unauthorized)
      #expect(try stage.projected("bob").isEmpty)
      // One's own keeps the better session.
      let again = try await stage.signedIn("bob")
      let (own, same) = try await again.open(ticket: try await stage.ticket(of: "bob"))
      #expect(own.status == .ok && own.headers[.setCookie] == nil)
      #expect(try await same.send(.get, "/api/v1/session").json["sign_in_is_recent"] as? Bool == true)
    }
  }
}

extension WebSessionStage {
  /// A file with what SQLite has not written into it yet.
  func stored(_ path: String) throws -> Data {
    let file = folder.appending(path: path)
    return try Data(contentsOf: file)
      + ((try? Data(
        contentsOf: file.deletingLastPathComponent().appending(path: file.lastPathComponent + "-wal")))
        ?? Data())
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import Testing

@testable import HomeServer

@Suite struct HomeAccountTests {
  static func account(_ changes: [String: Any] = [:]) throws -> HomeAccount {
    var object: [String: Any] = [
      "id": "109", "username": "Alice", "acct": "Alice", "display_name": "Alice ⚓", "locked": false,
      "url": "https://web.example.social/@Alice", "uri": "https://web.example.social/users/Alice",
      "avatar": "https://files.example/a.png", "moved": NSNull(),
    ]
    object.merge(changes) { $1 }
    let wire = try JSONDecoder.mastodon.decode(
      AccountWire.self, from: JSONSerialization.data(withJSONObject: object))
    return try HomeAccount(wire, at: splitAddress())
  }

  @Test func aLocalAccountIsTaken() throws {
    let account = try Self.account()
    #expect(account.id == "109" && account.name.text == "alice" && account.displayName == "Alice ⚓")
    #expect(account.avatarURL?.host == "files.example" && account.actorURI?.hasSuffix("/users/Alice") == true)
    #expect(!account.isSuspended && !account.isLimited && account.movedTo == nil)
  }

  @Test(
    arguments: [
      (["acct": "alice@other.example"], "not-local"), (["acct": "bob"], "not-local"),
      (["url": "https://other.example/@Alice"], "not-local"), (["url": "nonsense"], "not-local"),
      (["username": "al.ice", "acct": "al.ice"], "name-refused"),
      (["username": "\u{212A}im", "acct": "\u{212A}im"], "name-refused"),
      (["username": "", "acct": ""], "name-refused"),
      (["username": "trunkline", "acct": "trunkline"], "name-refused"),
      (
        ["username": String(repeating: "a", count: 31), "acct": String(repeating: "a", count: 31)],
        "name-refused"
      ),
      (["id": ""], "not-understood"), (["id": "../1"], "not-understood"), (["id": "1?x"], "not-understood"),
      (["id": String(repeating: "1", count: 65)], "not-understood"),
    ] as [([String: String], String)]) func everybodyElseIsRefused(changes: [String: String], code: String)
  {
    let error = #expect(throws: HomeServerError.self) { try Self.account(changes) }
    #expect(error?.code.rawValue == code)
  }

  @Test func whatIsOnlyDecorationIsLeftOutWhenItIsBad() throws {
    let account = try Self.account([
      "display_name": "\u{202E}\n", "avatar": "javascript:alert(1)",
      "uri": "https://other.example/users/Alice",
      "suspended": true, "limited": true, "moved": ["url": "https://new.example/@alice"],
    ])
    #expect(account.displayName == "Alice" && account.avatarURL == nil && account.actorURI == nil)
    #expect(account.isSuspended && account.isLimited && account.movedTo == "https://new.example/@alice")
  }
}

@Suite struct RefusalTests {
  static func reply(_ status: Int, _ body: String, type: String = "application/json; charset=utf-8")
    -> HomeReply
  {
    HomeReply(
      status: status, body: Data(body.utf8), contentType: type, link: nil, location: nil,
      limit: RateLimitNotice())
  }

  @Test(arguments: [
    (401, #"{"error":"The access token was revoked"}"#, "token-revoked"), (401, "", "token-revoked"),
    (
      401, #"{"error":"invalid_client","error_description":"Client authentication failed"}"#,
      "registration-invalid"
    ),
    (403, #"{"error":"Your login is currently disabled"}"#, "login-disabled"),
    (403, #"{"error":"Your login is currently pending approval"}"#, "login-pending"),
    (403, #"{"error":"Your login is missing a confirmed e-mail address"}"#, "login-pending"),
    (403, #"{"error":"This action is outside the authorized scopes"}"#, "wrong-scope"),
    (403, #"{"error":"This action is not allowed"}"#, "refused"), (403, "<html>", "refused"),
    (422, #"{"error":"This method requires an authenticated user"}"#, "app-only-token"),
    (422, "{}", "refused"),
    (400, #"{"error":"invalid_grant"}"#, "code-refused"), (400, #"{"error":"invalid_scope"}"#, "wrong-scope"),
    (400, "rubbish", "refused"), (404, #"{"error":"Record not found"}"#, "not-found"),
    (410, #"{"error":"Gone"}"#, "not-found"), (404, #"{"message":"nginx"}"#, "refused"),
    (429, #"{"error":"Too many requests"}"#, "rate-limited"), (500, "", "server-failed"),
    (503, "", "server-failed"),
    (418, "", "refused"), (302, "", "refused"),
  ]) func everyAnswerHasOneMeaning(status: Int, body: String, code: String) {
    let error = Refusal.error(Self.reply(status, body), for: "test", hadToken: true)
    #expect(error.code.rawValue == code && error.status == status)
  }

  @Test(arguments: [404, 403]) func aWebServersOwnPageSaysNothingAboutTheMember(status: Int) {
    let page = Self.reply(status, #"{"error":"Your login is currently disabled"}"#, type: "text/html")
    #expect(Refusal.error(page, for: "test", hadToken: true).code == .refused)
  }

  @Test func withoutATokenNobodysTokenWasRevoked() {
    let reply = Self.reply(401, #"{"error":"The access token is invalid"}"#)
    #expect(Refusal.error(reply, for: "test", hadToken: false).code == .tokenNeeded)
  }

  @Test func nothingOfTheBodyIsRepeated() {
    let reply = Self.reply(403, #"{"error":"secret-token-in-error"}"#)
    #expect(!Refusal.error(reply, for: "test", hadToken: true).description.contains("secret-token"))
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Crypto
import Foundation
import Testing

@testable import HomeServer

@Suite struct WebhookHintTests {
  static let secret = Secret("the-secret-that-mastodon-shows")
  static let suspension = """
    {"event":"account.updated","created_at":"2026-02-03T04:05:06.789Z","object":{"id":"7","username":"Alice",
    "domain":null,"created_at":"2026-01-01T00:00:00.000Z","email":"alice@private.example","ip":"203.0.113.9",
    "ips":[{"ip":"203.0.113.9","used_at":"2026-01-01T00:00:00.000Z"}],"locale":"en","invite_request":null,
    "confirmed":true,"suspended":true,"silenced":false,"disabled":false,"approved":true,"role":{"id":"-99"},
    "account":{"id":"7","username":"Alice","acct":"Alice"}}}
    """

  static func sign(_ body: Data, _ secret: Secret = secret) -> String {
    let key = SymmetricKey(data: Data(secret.reveal().utf8))
    let code = HMAC<SHA256>.authenticationCode(for: body, using: key)
    return "sha256=" + code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  static func read(_ text: String) throws -> WebhookHint {
    try WebhookHint(body: Data(text.utf8), signature: sign(Data(text.utf8)), secret: secret)
  }

  @Test func itTellsWhoAndWhatAndNothingPrivate() throws {
    let hint = try Self.read(Self.suspension)
    #expect(hint.event == .accountUpdated && hint.createdAt != nil)
    #expect(
      hint.account
        == .init(id: "7", username: "alice", isSuspended: true, isDisabled: false, isApproved: true))
    var dumped = ""
    dump(hint, to: &dumped)
    #expect(!dumped.contains("private.example") && !dumped.contains("203.0.113.9"))
  }

  @Test func otherEventsAreNoted() throws {
    let hint = try Self.read(#"{"event":"report.created","created_at":"x","object":{"id":"1"}}"#)
    #expect(hint.event.rawValue == "report.created" && hint.account == nil && hint.createdAt == nil)
  }

  @Test func anAccountOfAnotherServerIsNoSubject() throws {
    let hint = try Self.read(
      #"{"event":"account.updated","object":{"id":"9","username":"eve","domain":"other.example","suspended":true}}"#
    )
    #expect(hint.account == nil)
  }

  @Test func aDeletionIsSeenInTheNestedEntryToo() throws {
    let hint = try Self.read(
      #"{"event":"account.updated","object":{"id":"7","username":"a","suspended":false,"account":{"suspended":true}}}"#
    )
    #expect(hint.account?.isSuspended == true)
  }

  @Test func forgedSignaturesAreRefused() throws {
    let body = Data(Self.suspension.utf8)
    let good = Self.sign(body)
    var changed = body
    changed[changed.startIndex + 20] ^= 1
    let cases: [(Data, String)] = [
      (body, ""), (body, "sha256="), (body, "sha1=" + good.dropFirst(7)), (body, String(good.dropLast())),
      (body, good + "0"), (body, String(good.dropLast()) + "g"), (body, Self.sign(body, Secret("other"))),
      (changed, good), (Data(), good), (body, "sha256=" + String(repeating: "0", count: 64)),
      (body, "sha256=" + String(repeating: "é", count: 32)),
    ]
    for (body, signature) in cases {
      let error = #expect(throws: HomeServerError.self) {
        try WebhookHint(body: body, signature: signature, secret: Self.secret)
      }
      #expect(error?.code == .signatureWrong, "\(signature)")
    }
    #expect(throws: Never.self) {
      try WebhookHint(
        body: body, signature: good.uppercased().replacing("SHA256", with: "sha256"), secret: Self.secret)
    }
  }

  @Test func withoutSignatureOrSecretNothingIsRead() {
    let body = Data(Self.suspension.utf8)
    let unsigned = #expect(throws: HomeServerError.self) {
      try WebhookHint(body: body, signature: nil, secret: Self.secret)
    }
    #expect(unsigned?.code == .signatureMissing)
    let empty = Secret("")
    let open = #expect(throws: HomeServerError.self) {
      try WebhookHint(body: body, signature: Self.sign(body, empty), secret: empty)
    }
    #expect(open?.code == .badRequest)
  }

  @Test(arguments: [
    "", "null", "[]", "{}", "rubbish", #"{"event":1}"#, #"{"event":""}"#, #"{"event":"account.updated"}"#,
    #"{"event":"account.updated","object":null}"#,
    #"{"event":"account.updated","object":{"id":7,"username":"a"}}"#,
    #"{"event":"account.updated","object":{"id":"7"}}"#,
    "{\"event\":\"\(String(repeating: "x", count: 200))\"}",
    String(repeating: "[", count: 5_000),
  ]) func whatIsSignedButOddIsRefused(text: String) {
    let error = #expect(throws: HomeServerError.self) { try Self.read(text) }
    #expect(error?.code == .notUnderstood)
  }

  @Test func anEndlessWebhookIsNotEvenChecked() {
    let body = Data(repeating: 0x20, count: WebhookHint.longest + 1)
    let error = #expect(throws: HomeServerError.self) {
      try WebhookHint(body: body, signature: Self.sign(body), secret: Self.secret)
    }
    #expect(error?.code == .tooLarge)
  }
}

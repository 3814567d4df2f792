// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import HomeServer

@Suite struct DiscoveryTests {
  static let mastodon = Software(name: "mastodon", version: "4.6.0")

  /// Mastodon's metadata, with one thing changed.
  static func metadata(_ changes: [String: Any?] = [:]) throws -> OAuthMetadata {
    let base = "https://web.example.social"
    var object: [String: Any] = [
      "issuer": "\(base)/", "authorization_endpoint": "\(base)/oauth/authorize",
      "token_endpoint": "\(base)/oauth/token", "revocation_endpoint": "\(base)/oauth/revoke",
      "userinfo_endpoint": "\(base)/oauth/userinfo", "app_registration_endpoint": "\(base)/api/v1/apps",
      "scopes_supported": ["read", "profile", "read:accounts", "read:follows", "read:blocks", "read:mutes"],
      "grant_types_supported": ["authorization_code", "client_credentials"],
      "code_challenge_methods_supported": ["S256"],
    ]
    for (key, value) in changes { object[key] = value }
    return try JSONDecoder.mastodon.decode(
      OAuthMetadata.self, from: JSONSerialization.data(withJSONObject: object))
  }

  @Test func mastodonsMetadataIsTaken() throws {
    let found = try Discovery(
      software: Self.mastodon, metadata: Self.metadata(), origin: splitAddress().origin)
    #expect(found.issuer == "https://web.example.social/")
    #expect(found.endpoints.userinfo?.path == "/oauth/userinfo")
    #expect(
      found.capabilities.isSuperset(of: [
        .metadata, .userinfo, .revocation, .proofKeys, .tellsSuspensionApart,
      ]))
    #expect(!found.capabilities.contains(.issuerInAnswers))
    #expect(
      Scopes.all(offered: found.scopes).description
        == "profile read:accounts read:follows read:blocks read:mutes write:reports")
  }

  @Test(arguments: [
    ("issuer", "https://evil.example/"), ("issuer", "https://web.example.social/other"),
    ("issuer", "http://web.example.social/"), ("issuer", "nonsense"),
    ("authorization_endpoint", "https://evil.example/oauth/authorize"),
    ("authorization_endpoint", "http://web.example.social/oauth/authorize"),
    ("token_endpoint", "https://evil.example/oauth/token"),
    ("token_endpoint", "https://web.example.social:444/oauth/token"),
    ("token_endpoint", "https://web.example.social@evil.example/oauth/token"),
    ("token_endpoint", "/oauth/token"),
    ("revocation_endpoint", "https://evil.example/"), ("userinfo_endpoint", "https://evil.example/"),
    ("app_registration_endpoint", "https://evil.example/"),
  ]) func aDescriptionThatPointsElsewhereIsRefused(key: String, value: String) throws {
    let metadata = try Self.metadata([key: value])
    let origin = try splitAddress().origin
    let error = #expect(throws: HomeServerError.self) {
      try Discovery(software: Self.mastodon, metadata: metadata, origin: origin)
    }
    #expect(error?.code == .mixedUp)
  }

  @Test func withoutTheCodeGrantNothingWorks() throws {
    let metadata = try Self.metadata(["grant_types_supported": ["implicit"]])
    let origin = try splitAddress().origin
    let error = #expect(throws: HomeServerError.self) {
      try Discovery(software: Self.mastodon, metadata: metadata, origin: origin)
    }
    #expect(error?.code == .notUnderstood)
  }

  @Test func withoutMetadataTheKnownPathsAreUsed() throws {
    let found = Discovery(
      software: Software(name: "GoToSocial", version: "0.20"), origin: try splitAddress().origin)
    #expect(found.endpoints.token.absoluteString == "https://web.example.social/oauth/token")
    #expect(found.issuer == nil && found.endpoints.userinfo == nil)
    #expect(!found.capabilities.contains(.tellsSuspensionApart))
    #expect(Scopes.needed(for: .signIn, offered: found.scopes).description == "read:accounts")
  }

  @Test func snacIsRefusedWithAReason() {
    #expect(Software(name: "Snac", version: "2.94").refusal?.reason.isEmpty == false)
    #expect(Self.mastodon.refusal == nil)
  }

  @Test func everyCapabilityHasWordsForBothCases() {
    let words = Set<Capability>([.metadata]).sentences
    #expect(words.present.count == 1 && words.absent.count == Capability.allCases.count - 1)
    #expect((words.present + words.absent).allSatisfy { $0.hasSuffix(".") })
  }

  @Test func aDiscoveryCanBeKept() throws {
    let found = try Discovery(
      software: Self.mastodon, metadata: Self.metadata(), origin: splitAddress().origin)
    #expect(try JSONDecoder().decode(Discovery.self, from: JSONEncoder().encode(found)) == found)
  }
}

@Suite struct ScopesTests {
  @Test(arguments: [
    ("read", "read:accounts read:follows", true), ("read:accounts", "read", false),
    ("read", "profile", false),
    ("profile read:accounts", "profile", true), ("", "", true), ("", "read", false), ("re", "read", false),
  ]) func aWideScopeCoversItsParts(held: String, wanted: String, covers: Bool) {
    #expect(Scopes(text: held).covers(Scopes(text: wanted)) == covers)
  }

  @Test func whereOnlyTheWideScopeExistsItIsAskedForOnce() {
    #expect(Scopes.all(offered: Scopes(text: "read write")).description == "read write")
    #expect(
      Scopes.needed(for: [.signIn, .contacts], offered: Scopes(text: "read write")).description == "read")
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import HomeServer

@Suite struct HomeServerAddressTests {
  @Test(arguments: [
    ("https://Example.Social/", "https://example.social"),
    ("https://example.social:8443", "https://example.social:8443"),
    ("http://localhost:3000", "http://localhost:3000"),
    ("http://social.localhost:8481", "http://social.localhost:8481"),
    ("http://127.0.0.1:8481/", "http://127.0.0.1:8481"),
  ]) func keepsSchemeHostAndPort(text: String, kept: String) throws {
    let address = try HomeServerAddress(domain: "Example.Social", baseURL: url(text))
    #expect(address.baseURL.absoluteString == kept)
    #expect(address.domain == "example.social")
  }

  @Test(arguments: [
    "http://example.social", "ftp://example.social", "https://user@example.social",
    "https://example.social/path",
    "https://example.social/?a=b", "https://example.social/#a", "https:///", "example.social",
    "http://localhost.evil.example",
  ]) func refusesWhatIsNotASecureOrigin(text: String) throws {
    let given = try url(text)
    let error = #expect(throws: HomeServerError.self) {
      try HomeServerAddress(domain: "example.social", baseURL: given)
    }
    #expect(error?.code == .badAddress)
  }

  @Test(arguments: ["", "example social", "exämple.social", "a/b", "@example.social"])
  func refusesWhatIsNotADomain(domain: String) throws {
    let error = #expect(throws: HomeServerError.self) {
      try HomeServerAddress(domain: domain, baseURL: url("https://example.social"))
    }
    #expect(error?.code == .badAddress)
  }

  @Test func refusesAnUnreadableTrustRoot() throws {
    let address = try HomeServerAddress(
      domain: "example.social", baseURL: url("https://example.social"), caFile: "/nonexistent/ca.pem")
    let error = #expect(throws: HomeServerError.self) {
      try HomeServerClient(address: address, logger: quietLogger)
    }
    #expect(error?.code == .badAddress)
  }
}

@Suite struct OriginTests {
  @Test(arguments: [
    ("https://web.example.social/a", true), ("https://WEB.example.social:443/a", true),
    ("http://web.example.social/a", false), ("https://web.example.social:444/a", false),
    ("https://web.example.social.evil.example/", false), ("https://web.example.social@evil.example/", false),
    ("//evil.example/", false), ("/relative", false), ("javascript:alert(1)", false), ("", false),
  ]) func acceptsOnlyItsOwnURLs(text: String, isOwn: Bool) throws {
    #expect((try splitAddress().origin.accept(text) != nil) == isOwn)
  }
}

@Suite struct PrintableTests {
  @Test(arguments: [
    ("plain", "plain"), (" a\r\n b\t", "a b"), ("a\u{0}b", "a b"), ("a\u{202E}b\u{200B}c", "abc"),
    ("👩‍🚀 ok", "👩‍🚀 ok"), ("\u{1B}[31mred", "[31mred"), ("电话", "电话"), ("", ""), ("12345678901", "1234567890"),
    ("123456789 b", "123456789"),
  ]) func leavesOneHarmlessLine(text: String, shown: String) {
    #expect(text.printable(limit: 10) == shown)
  }
}

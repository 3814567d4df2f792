// SPDX-License-Identifier: AGPL-3.0-or-later

import Testing

@testable import Settings

@Suite struct DiscoverySettingsTests {
  private func read(_ yaml: String) throws -> Settings {
    Settings(try SettingsFile(yaml: SettingsTests.smallest + yaml, name: "t", environment: [:]))
  }

  @Test func otherDomainsAreAskedUnlessTheAdminSaysNo() throws {
    let settings = try #require(try read("").discovery)
    #expect(settings.nameServer == nil && !settings.allowsPrivate && settings.caFile == nil)
    #expect(try read("\ndiscovery:\n  enabled: no\n  name_server: 127.0.0.1:5353\n").discovery == nil)
  }

  @Test func aNameServerHasAPort() throws {
    let settings = try #require(
      try read("\ndiscovery:\n  name_server: \"[::1]:5353\"\n  allow_private: yes\n").discovery)
    #expect(settings.nameServer == "[::1]:5353" && settings.allowsPrivate)
    #expect(throws: SettingsError.self) { try read("\ndiscovery:\n  name_server: 127.0.0.1\n") }
    #expect(throws: SettingsError.self) { try read("\ndiscovery:\n  name_server: dns.example:53\n") }
  }
}

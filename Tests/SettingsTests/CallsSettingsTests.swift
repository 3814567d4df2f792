// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import Settings

@Suite struct CallsSettingsTests {
  static let calls = """

    sip:
      enabled: yes
      interfaces: [198.51.100.7, "2001:db8::7"]
      certificate: /etc/ssl/chain.pem
      certificate_key: /etc/ssl/key.pem
      control_token_file: /etc/trunkline/sip.token
    media:
      interfaces: [198.51.100.7]
    """
  static let turn = """

    turn:
      enabled: yes
      interfaces: [198.51.100.7]
      secret_file: /etc/trunkline/turn.secret
      control_password_file: /etc/trunkline/turn.password
      certificate: /etc/ssl/chain.pem
      certificate_key: /etc/ssl/key.pem
    """

  func read(_ yaml: String, _ environment: [String: String] = [:]) throws -> Settings {
    Settings(
      try SettingsFile(
        yaml: SettingsTests.smallest + yaml, name: "trunkline.yaml", environment: environment))
  }

  func problems(_ yaml: String, _ environment: [String: String] = [:]) -> [SettingsError.Problem] {
    #expect(throws: SettingsError.self) { try read(yaml, environment) }?.problems ?? []
  }

  @Test func aSiteWithoutCallsNeedsNoneOfTheirKeys() throws {
    for yaml in ["", "\nsip:\n  enabled: no\nturn:\n  enabled: no\n"] {
      let settings = try read(yaml)
      #expect(settings.sip == nil)
      #expect(settings.media == nil)
      #expect(settings.turn == nil)
    }
  }

  @Test func callHistoriesHaveAnEndOrThereAreNone() throws {
    #expect(try read(Self.calls + "\ncalls:\n  history_days: 0\n").sip?.historyDays == 0)
    for days in ["-1", "3651", "forever", "1.5", "[]"] {
      let found = problems(Self.calls + "\ncalls:\n  history_days: \(days)\n")
      #expect(found.count == 1 && "\(found)".contains("calls.history_days"), "\(days): \(found)")
    }
  }

  @Test func otherDomainsCanBeCalledUnlessTheAdminSaysNo() throws {
    #expect(try read(Self.calls).sip?.callsOtherDomains == true)
    #expect(try read(Self.calls + "\ncalls:\n  other_domains: no\n").sip?.callsOtherDomains == false)
    for word in ["maybe", "1", "[]"] {
      let found = problems(Self.calls + "\ncalls:\n  other_domains: \(word)\n")
      #expect(found.count == 1 && "\(found)".contains("calls.other_domains"), "\(word): \(found)")
    }
  }

  @Test func callsHaveDefaults() throws {
    let settings = try read(Self.calls)
    let sip = try #require(settings.sip)
    #expect(sip.interfaces == ["198.51.100.7", "2001:db8::7"])
    #expect(!sip.cleartext)
    #expect(sip.port == 5060 && sip.tlsPort == 5061)
    #expect(sip.websocketPort == 5066 && sip.controlPort == 5067)
    #expect(sip.projection.path == "/var/lib/trunkline-sip")
    #expect(sip.engineState.path == "/var/lib/trunkline-kamailio")
    #expect(sip.advertisedAddress == nil)
    #expect(sip.historyDays == 30)
    #expect(settings.media?.ports == 30_000...39_999)
    #expect(settings.turn == nil)
  }

  @Test func turnWorksWithCallsAndAlone() throws {
    for yaml in [Self.turn, Self.calls + Self.turn] {
      let turn = try #require(try read(yaml).turn)
      #expect(turn.ports == 40_000...49_999)
      #expect(turn.port == 3478 && turn.tlsPort == 5349 && turn.controlPort == 5766)
    }
    #expect(try read(Self.turn).sip == nil)
  }

  @Test func whereThisMachineHasAnotherAddressAllPartsKnowIt() throws {
    let settings = try read(Self.calls + Self.turn, ["TRUNKLINE__SIP__ADVERTISED_ADDRESS": "203.0.113.9"])
    #expect(settings.sip?.advertisedAddress == "203.0.113.9")
    #expect(settings.media?.advertisedAddress == "203.0.113.9")
    #expect(settings.turn?.advertisedAddress == "203.0.113.9")
  }

  @Test(arguments: ["sip.enabled", "turn.enabled"])
  func everyKeyThatIsMissingIsNamedWhereItsPartIsSwitchedOn(flag: String) throws {
    let variable = try #require(Setting.named[flag]).variable
    let found = problems("", [variable: "yes"])
    let needed = Setting.all.filter { $0.need == .with(flag) }
    #expect(needed.count >= 5)
    #expect(found.count == needed.count)
    for (problem, setting) in zip(found, needed) {
      #expect(problem.place == variable)
      #expect(problem.cause == "“\(setting.key)” is missing, and “\(flag)” is on.")
      #expect(problem.remedy == setting.summary)
    }
  }

  @Test func anEmptyListIsRefused() {
    let yaml = Self.calls.replacing("[198.51.100.7]", with: "[]")
    #expect(problems(yaml).first?.cause == "“media.interfaces” is an empty list.")
  }

  @Test(arguments: [
    ("TRUNKLINE__SIP__PORT", "5061", "“sip.port” and “sip.tls_port” are both 5061."),
    ("TRUNKLINE__MEDIA__NG_PORT", "5067", "“sip.control_port” and “media.ng_port” are both 5067."),
    ("TRUNKLINE__MEDIA__PORTS", "39000-40100", "“media.ports” and “turn.ports” overlap."),
    ("TRUNKLINE__MEDIA__PORTS", "5000-5060", "“sip.port” lies within “media.ports”."),
    ("TRUNKLINE__TURN__CONTROL_PORT", "3478", "“turn.port” and “turn.control_port” are both 3478."),
  ])
  func portsThatTwoClaimAreRefused(variable: String, value: String, cause: String) {
    let found = problems(Self.calls + Self.turn, [variable: value])
    #expect(found.map(\.cause) == [cause])
    #expect(found.first?.place == variable)
  }

  @Test func portsOfWhatIsOffCollideWithNothing() throws {
    #expect(try read("", ["TRUNKLINE__SIP__PORT": "5061"]).sip == nil)
  }
}

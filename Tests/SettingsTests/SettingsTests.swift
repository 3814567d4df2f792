// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation
import Testing

@testable import Settings

@Suite struct SettingsTests {
  static let smallest = """
    domain: example.social
    home_server:
      url: https://example.social
    portal:
      url: https://chat.example.social
    xmpp:
      upload_url: https://upload.example.social
      certificate: /etc/ssl/chain.pem
      certificate_key: /etc/ssl/key.pem
    """

  func problems(_ yaml: String, _ environment: [String: String] = [:]) -> [SettingsError.Problem] {
    let error = #expect(throws: SettingsError.self) {
      try SettingsFile(yaml: yaml, name: "trunkline.yaml", environment: environment)
    }
    return error?.problems ?? []
  }

  @Test func theSmallestFileHasDefaults() throws {
    let settings = Settings(try SettingsFile(yaml: Self.smallest, name: "t", environment: [:]))
    #expect(settings.domain == "example.social")
    #expect(settings.xmpp.roomsHost == "rooms.example.social")
    #expect(settings.portal.listenPort == 8480)
    #expect(settings.portal.trustedProxies == ["127.0.0.1", "::1"])
    #expect(settings.homeServer.pollInterval == 600)
    #expect(settings.homeServer.adminTokenFile == nil)
  }

  @Test func theEnvironmentOverrides() throws {
    let file = try SettingsFile(
      yaml: Self.smallest, name: "t",
      environment: ["TRUNKLINE__PORTAL__LISTEN": "[::1]:9000", "TRUNKLINE_STATE": "/elsewhere", "HOME": "/"])
    let settings = Settings(file)
    #expect(settings.portal.listenHost == "::1")
    #expect(settings.portal.listenPort == 9000)
    #expect(settings.state.path == "/var/lib/trunkline")
  }

  @Test func anUnknownKeyIsRefusedWithItsLineAndTheNearestOne() {
    let found = problems(Self.smallest + "\nlog:\n  levle: info\n")
    #expect(found.count == 1)
    #expect(found.first?.place == "trunkline.yaml:11")
    #expect(found.first?.remedy == "Did you mean “log.level”?")
  }

  @Test func everyMissingKeyIsNamedAtOnce() {
    #expect(problems("").count == Setting.all.filter { $0.need == .always }.count)
  }

  @Test(arguments: [
    ": :", "a: [", "\tdomain: x", "domain: a\ndomain: b", "- a\n- b", "text", "domain: {a: b}",
    "home_server: text",
  ])
  func whatIsNoConfigurationIsRefused(yaml: String) {
    #expect(!problems(yaml).isEmpty)
    #expect(problems(yaml).allSatisfy { !$0.remedy.isEmpty })
  }

  @Test func anUnknownVariableIsRefused() {
    #expect(
      problems(Self.smallest, ["TRUNKLINE__PORTAL__LISTNE": "x"]).first?.place == "TRUNKLINE__PORTAL__LISTNE")
  }

  /// For every key, values that its kind forbids.
  @Test(arguments: Setting.all.map(\.key)) func badValuesAreRefused(key: String) throws {
    let setting = try #require(Setting.named[key])
    let bad: [String] =
      switch setting.kind {
      case .hostName:
        ["", "a b", "-a.b", "a..b", "A.b", "https://a.b", "a.b/", String(repeating: "a", count: 64)]
      case .origin:
        [
          "", "http://a.b", "https://", "https://a.b/path", "https://u@a.b", "https://a.b?x", "https://a.b:0",
          "a.b",
        ]
      case .upstream: ["", "https://a.b", "127.0.0.1:80", "http://a.b/x"]
      case .identifier: ["", "a b", "1/2", "ä", "1\n", String(repeating: "1", count: 65)]
      case .path: ["", "relative", "~/x", "/a\nb"]
      case .listen: ["", "8480", "localhost:8480", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x"]
      case .addresses, .address: ["localhost", "127.0.0.256", "1.2.3", "::g"]
      case .ownAddresses:
        ["", "localhost", "127.0.0.256", "0.0.0.0", "::", "0:0::0", "198.51.100.7 0.0.0.0", "1.2.3.4;"]
      case .contacts:
        [
          "", "admin@example.social", "javascript:alert(1)", "mailto:", "mailto:a", "mailto:a@b@c",
          "xmpp://a@b",
          "http://a.b", "https://", "https:x", "mailto:ä@b", "mailto:a@b/c", "mailto:a@b x",
        ]
      case .ports:
        [
          "", "30000", "30000-", "-39999", "39999-30000", "30000-30001", "1-2000", "30000-65536",
          "30000:39999",
          "30000-39999-40000", "+3000-39999", "30000 - 39999", "３００００-39999",
        ]
      case .flag: ["", "true", "Yes", "on", "1"]
      case .integer(let range):
        ["", "x", "1.5", "-1", "\(range.upperBound + 1)", "\(range.lowerBound - 1)", "99999999999999999999"]
      case .choice: ["", "loud"]
      }
    for value in bad {
      let found = problems(
        Self.smallest, [setting.variable: value.isEmpty && setting.kind == .addresses ? "x" : value])
      #expect(found.first?.place == setting.variable, "\(value)")
    }
  }

  @Test func aSecretFileMustBePrivate() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "secret")
    #expect(throws: SettingsError.self) { try Secret(file: file, for: "key_file") }
    try Data("  s3cret\n".utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
    #expect(throws: SettingsError.self) { try Secret(file: file, for: "key_file") }
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path)
    #expect(try Secret(file: file, for: "key_file") == Secret("s3cret"))
    try Data(" \n".utf8).write(to: file)
    #expect(throws: SettingsError.self) { try Secret(file: file, for: "key_file") }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import Engines

@Suite("Prosody's configuration")
struct ProsodyConfigurationTests {
  static let share = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../share/prosody").standardizedFileURL

  static func configuration(
    domain: String = "social.localhost", state: String = "/state/prosody",
    turn: ProsodyConfiguration.Turn? = nil
  ) -> ProsodyConfiguration {
    ProsodyConfiguration(
      domain: domain, roomsHost: "rooms.social.localhost",
      portal: URL(string: "https://chat.social.localhost:8443")!, interfaces: ["127.0.0.1", "::1"],
      ports: .init(c2s: 5222, c2sDirectTLS: 5223, s2s: 5269, s2sDirectTLS: 5270, http: 5280, component: 5347),
      uploads: .init(
        url: URL(string: "https://upload.social.localhost:8443")!, size: 100 << 20, quota: 1 << 30,
        retention: 30),
      archiveRetention: 365, deviceLimit: 20, iterations: 4096, logLevel: "info",
      contacts: [
        .init(kind: "admin", addresses: ["mailto:admin@social.localhost", "xmpp:trent@social.localhost"])
      ], turn: turn,
      places: .init(
        modules: URL(filePath: "/share/modules"), projection: URL(filePath: "/state/projection"),
        state: URL(filePath: state), certificate: URL(filePath: "/chain.pem"),
        certificateKey: URL(filePath: "/key.pem"),
        componentSecret: URL(filePath: "/engines/prosody/component.secret")))
  }

  static func template() throws -> String {
    try String(contentsOf: share.appending(path: "prosody.cfg.lua.mustache"), encoding: .utf8)
  }

  @Test("the shipped template is filled in completely")
  func complete() throws {
    let text = try Self.configuration().render(template: Self.template())
    #expect(!text.contains("{{"))
    #expect(text.hasPrefix("-- SPDX") || text.hasPrefix("\n-- SPDX"))
    for line in [
      #"VirtualHost "social.localhost""#, #"interfaces = { "127.0.0.1"; "::1"; "#, "c2s_ports = { 5222 }",
      #"Component "upload.social.localhost" "http_file_share""#,
      #"http_external_url = "https://upload.social.localhost:8443/""#,
      #"trunkline_socket = "/state/prosody/run/trunkline.sock""#,
      #"trunkline_projection = "/state/projection/projection.sqlite""#,
      "archive_expires_after = 31536000", "component_ports = { 5347 }",
      #"component_interfaces = { "127.0.0.1" }"#, #"Component "trunkline.social.localhost""#,
      #"trunkline_component_secret_file = "/engines/prosody/component.secret""#,
      #"["admin"] = { "mailto:admin@social.localhost"; "xmpp:trent@social.localhost"; };"#,
    ] {
      #expect(text.contains(line), "\(line)")
    }
  }

  @Test("TURN is announced only where there is one, and by TLS only where it has that")
  func turn() throws {
    let without = try Self.configuration().render(template: Self.template())
    #expect(!without.contains("turn") && !without.contains("external_services"))
    func with(tls: Int?) throws -> String {
      try Self.configuration(
        turn: .init(
          host: "turn.social.localhost", port: 3478, tlsPort: tls, secretFile: URL(filePath: "/secrets/turn"))
      ).render(template: Self.template())
    }
    let plain = try with(tls: nil)
    for line in [
      #""external_services"; "trunkline_turn";"#, #"trunkline_turn_host = "turn.social.localhost""#,
      "trunkline_turn_port = 3478", #"trunkline_turn_secret_file = "/secrets/turn""#,
    ] {
      #expect(plain.contains(line), "\(line)")
    }
    #expect(!plain.contains("trunkline_turn_tls_port"))
    #expect(try with(tls: 5349).contains("trunkline_turn_tls_port = 5349"))
  }

  @Test(
    "hostile text stays inside its string",
    arguments: [
      ("\" os.execute('x') --", #""\" os.execute('x') --""#), ("a\\", #""a\\""#), ("\\\"", #""\\\"""#),
      ("a\nb", #""a\010b""#), ("a\r1", #""a\0131""#), ("nul\u{0}1", #""nul\0001""#),
      ("]] --[[", #""]] --[[""#), ("ä", #""\195\164""#), ("\u{7F}", #""\127""#), ("{{x}}", #""{{x}}""#),
      ("&<>'", #""&<>'""#),
    ])
  func literals(text: String, literal: String) {
    #expect(LuaLiteral(text).description == literal)
  }

  @Test("nothing in a value can end its line or be taken for the template's own")
  func hostileValues() throws {
    let hostile = "x\"\n} os.exit() -- {{domain}}"
    let text = try Self.configuration(domain: hostile, state: "/s\"\\\n/prosody").render(
      template: Self.template())
    #expect(text.contains(#"VirtualHost "x\"\010} os.exit() -- {{domain}}""#))
    #expect(!text.contains("\n} os.exit()"))
    #expect(text.contains(#"data_path = "/s\"\\\010/prosody/data""#))
  }

  @Test("a template that asks for what we do not know is refused")
  func strangeTemplate() {
    #expect {
      try Self.configuration().render(template: "a = {{tomorrow}}")
    } throws: { ($0 as? EngineError)?.code == .configuration }
    #expect {
      try Self.configuration().render(template: "{{#interfaces}}")
    } throws: { ($0 as? EngineError)?.code == .configuration }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import Engines

@Suite("nginx: configuration")
struct NginxConfigurationTests {
  static let share = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "share")

  static let trial = NginxConfiguration(
    interfaces: ["127.0.0.1"], httpsPort: 8443, certificate: "/s/chain.pem", certificateKey: "/s/key.pem",
    homeServer: .init(host: "social.localhost", upstream: "http://127.0.0.1:8481"),
    portalHost: "chat.social.localhost", portalUpstream: "http://127.0.0.1:8480",
    uploadHost: "upload.social.localhost", uploadSizeMegabytes: 100,
    xmppUpstream: "http://127.0.0.1:5280", sipUpstream: "http://127.0.0.1:5066")

  static let site = NginxConfiguration(
    interfaces: ["0.0.0.0", "::"], httpsPort: 443, certificate: "/etc/ssl/chain.pem",
    certificateKey: "/etc/ssl/key.pem", portalHost: "chat.example.social",
    portalUpstream: "http://127.0.0.1:8480", uploadHost: "upload.example.social", uploadSizeMegabytes: 50,
    xmppUpstream: "http://[::1]:5280")

  func rendered(_ configuration: NginxConfiguration) throws -> [String: String] {
    try configuration.render(NginxTemplates(share: Self.share))
  }

  @Test("both files are written, and nothing of the templates' language is left in them")
  func completeness() throws {
    for configuration in [Self.trial, Self.site] {
      let files = try rendered(configuration)
      #expect(files.keys.sorted() == ["home-server.conf", "nginx.conf", "trunkline.conf"])
      for text in files.values {
        #expect(!text.contains("{{") && !text.contains("}}"))
        #expect(!text.contains("&quot;") && !text.contains("&#"))
      }
    }
  }

  @Test("the home server's host is served only where it has an upstream")
  func homeServer() throws {
    #expect(try rendered(Self.trial)["trunkline.conf"]?.contains("server_name social.localhost;") == true)
    #expect(try rendered(Self.site)["trunkline.conf"]?.contains("server_name example.social;") == false)
  }

  @Test("the WebSocket is for the portal's origin, written as a browser writes it")
  func origin() throws {
    #expect(
      try rendered(Self.trial)["trunkline.conf"]?.contains("\"https://chat.social.localhost:8443\" 0;")
        == true)
    #expect(try rendered(Self.site)["trunkline.conf"]?.contains("\"https://chat.example.social\" 0;") == true)
  }

  @Test("SIP's WebSocket is there only where there are calls")
  func sip() throws {
    #expect(try rendered(Self.trial)["trunkline.conf"]?.contains("location = /sip {") == true)
    #expect(try rendered(Self.site)["trunkline.conf"]?.contains("/sip") == false)
  }

  @Test("the home server's pages get one script, which names the portal's origin as a browser writes it")
  func embedding() throws {
    for (configuration, origin) in [
      (Self.trial, "https://chat.social.localhost:8443"), (Self.site, "https://chat.example.social"),
    ] {
      let files = try rendered(configuration)
      let text = try #require(files["home-server.conf"])
      #expect(text.contains("<script src=\"/trunkline/embed.js\" data-chat=\"\(origin)\" async></script>"))
      // The page's token goes to the ticket's address alone, and cookies go nowhere.
      #expect(text.components(separatedBy: "proxy_set_header Authorization \"\";").count == 2)
      #expect(text.components(separatedBy: "proxy_set_header Cookie \"\";").count == 3)
      #expect(
        files["trunkline.conf"]?.contains("include home-server.conf;") == (configuration.homeServer != nil))
    }
  }

  @Test("a site that is served at 443 tells browsers to stay with TLS; a test host never does")
  func strictTransport() throws {
    #expect(try rendered(Self.site)["trunkline.conf"]?.contains("Strict-Transport-Security") == true)
    #expect(try rendered(Self.trial)["trunkline.conf"]?.contains("Strict-Transport-Security") == false)
  }

  @Test("IPv6 addresses stand in brackets")
  func listen() throws {
    let text = try #require(try rendered(Self.site)["trunkline.conf"])
    #expect(text.contains("listen [::]:443 ssl http2;"))
    #expect(text.contains("listen 0.0.0.0:443 ssl http2;"))
  }

  /// The values that are texts, each by how it is set.
  enum Text: CaseIterable {
    case portalHost, uploadHost, portalUpstream, xmppUpstream, sipUpstream, certificate, certificateKey,
      homeServerHost

    func set(_ text: String, in configuration: inout NginxConfiguration) {
      switch self {
      case .portalHost: configuration.portalHost = text
      case .uploadHost: configuration.uploadHost = text
      case .portalUpstream: configuration.portalUpstream = text
      case .xmppUpstream: configuration.xmppUpstream = text
      case .sipUpstream: configuration.sipUpstream = text
      case .certificate: configuration.certificate = text
      case .certificateKey: configuration.certificateKey = text
      case .homeServerHost: configuration.homeServer?.host = text
      }
    }
  }

  @Test("a value that could mean something else in nginx's language is refused", arguments: Text.allCases)
  func injection(text: Text) throws {
    let evil = [
      "", "a;b", "a b", "a\nb", "a{b", "a}b", "\"a", "$a", "a#", "/x;", "/x y", "http://a:1/;", "http://a:1;",
      "A.example",
      "a..b", "-a", "http://a", "http://$a:1",
    ]
    for value in evil {
      var configuration = Self.trial
      text.set(value, in: &configuration)
      #expect(throws: EngineError.self, "\(value.debugDescription)") { try rendered(configuration) }
    }
  }

  @Test("addresses, ports and sizes that mean nothing are refused")
  func numbers() throws {
    var configuration = Self.trial
    configuration.interfaces = []
    #expect(throws: EngineError.self) { try rendered(configuration) }
    configuration.interfaces = ["localhost"]
    #expect(throws: EngineError.self) { try rendered(configuration) }
    configuration = Self.trial
    configuration.httpsPort = 0
    #expect(throws: EngineError.self) { try rendered(configuration) }
    configuration = Self.trial
    configuration.uploadSizeMegabytes = 0
    #expect(throws: EngineError.self) { try rendered(configuration) }
    configuration = Self.trial
    configuration.uploadHost = configuration.portalHost
    #expect(throws: EngineError.self) { try rendered(configuration) }
  }

  @Test("a missing or broken template is named")
  func templates() throws {
    #expect(throws: EngineError.self) { try NginxTemplates(texts: [:]) }
    let broken = [
      "nginx.conf": "{{#a}}", "trunkline.conf": "", "home-server.conf": "", "tls": "", "proxy": "",
    ]
    let fault = #expect(throws: EngineError.self) { try NginxTemplates(texts: broken) }
    #expect(fault?.cause.contains("nginx.conf") == true)
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation
import Testing

@testable import Engines

@Suite("Kamailio: configuration")
struct KamailioConfigurationTests {
  static let share = NginxConfigurationTests.share

  static let token = Secret("0123456789abcdef0123456789abcdef")

  static let trial = KamailioConfiguration(
    domain: "social.localhost", interfaces: ["127.0.0.1"], cleartext: true,
    ports: .init(sip: 5060, tls: 5061, webSocket: 5066, control: 5067, media: 5068),
    places: .init(
      routes: share.appending(path: "kamailio/routes").path(percentEncoded: false),
      tlsConfiguration: "/s/engines/kamailio/tls.cfg", certificate: "/s/tls/chain.pem",
      certificateKey: "/s/tls/key.pem", projection: "/s/sip/projection", state: "/s/sip/kamailio"),
    webOrigin: "https://chat.social.localhost:8443", controlToken: token, deviceLimit: 20,
    capacity: MachineCapacity(processors: 2, memoryMegabytes: 4096))

  static var site: KamailioConfiguration {
    var site = trial
    site.domain = "example.social"
    site.interfaces = ["192.0.2.7", "2001:db8::7"]
    site.advertisedAddress = "203.0.113.9"
    site.cleartext = false
    site.webOrigin = "https://chat.example.social"
    return site
  }

  func rendered(_ configuration: KamailioConfiguration) throws -> [String: String] {
    try configuration.render(share: Self.share)
  }

  @Test("both files are written, and nothing of the templates' language is left in them")
  func completeness() throws {
    for configuration in [Self.trial, Self.site] {
      let files = try rendered(configuration)
      #expect(files.keys.sorted() == ["kamailio.cfg", "tls.cfg"])
      for text in files.values {
        #expect(!text.contains("{{") && !text.contains("}}") && !text.contains("&quot;"))
        #expect(!text.contains("Optional("))
      }
    }
  }

  @Test("other domains are called only where they may be, and lead to nothing of ours")
  func otherDomains() throws {
    let closed = try #require(try rendered(Self.site)["kamailio.cfg"])
    #expect(!closed.contains("#!define CALLS_LEAVE"))
    var open = Self.site
    open.otherDomains = .init(authorities: "/etc/ssl/certs/ca-certificates.crt")
    let files = try rendered(open)
    let text = try #require(files["kamailio.cfg"])
    #expect(text.contains("\n#!define CALLS_LEAVE\n") && text.contains("!EXCEPTIONS!!g"))
    #expect(text.contains("!OWN_ADDRESSES!192.0.2.7 2001:db8::7 203.0.113.9!g"))
    #expect(text.contains("!FAMILIES!46!g"))
    #expect(try #require(files["tls.cfg"]).contains("\nca_list = /etc/ssl/certs/ca-certificates.crt\n"))
    open.otherDomains?.authorities = "/etc/ca\nverify_certificate = no"
    #expect(throws: EngineError.self) { try rendered(open) }
  }

  @Test("cleartext is open only where it is switched on")
  func cleartext() throws {
    let open = try #require(try rendered(Self.trial)["kamailio.cfg"])
    #expect(open.contains("\nlisten=udp:127.0.0.1:5060\n") && open.contains("\nlisten=tcp:127.0.0.1:5060\n"))
    #expect(open.contains("\nlisten=tls:127.0.0.1:5061\n"))
    let closed = try #require(try rendered(Self.site)["kamailio.cfg"])
    #expect(!closed.contains("listen=udp:"))
    // What is left of TCP is on loopback: for nginx and the daemon.
    let tcp = closed.split(separator: "\n").filter { $0.hasPrefix("listen=tcp:") }
    #expect(tcp == ["listen=tcp:127.0.0.1:5066", "listen=tcp:127.0.0.1:5067"])
  }

  @Test("an address of the other kind is not advertised in place of one that phones can reach")
  func advertised() throws {
    let text = try #require(try rendered(Self.site)["kamailio.cfg"])
    #expect(text.contains("\nlisten=tls:192.0.2.7:5061 advertise 203.0.113.9:5061\n"))
    #expect(text.contains("\nlisten=tls:[2001:db8::7]:5061\n"))
  }

  @Test("of the daemon's token only the hash is written")
  func token() throws {
    let text = try #require(try rendered(Self.trial)["kamailio.cfg"])
    #expect(!text.contains(Self.token.reveal()))
    // printf %s 0123456789abcdef0123456789abcdef | sha256sum
    #expect(text.contains("3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9"))
  }

  enum Text: CaseIterable {
    case domain, interface, advertisedAddress, routes, tlsConfiguration, certificate, certificateKey,
      projection,
      state, webOrigin

    func set(_ text: String, in configuration: inout KamailioConfiguration) {
      switch self {
      case .domain: configuration.domain = text
      case .interface: configuration.interfaces = [text]
      case .advertisedAddress: configuration.advertisedAddress = text
      case .routes: configuration.places.routes = text
      case .tlsConfiguration: configuration.places.tlsConfiguration = text
      case .certificate: configuration.places.certificate = text
      case .certificateKey: configuration.places.certificateKey = text
      case .projection: configuration.places.projection = text
      case .state: configuration.places.state = text
      case .webOrigin: configuration.webOrigin = text
      }
    }
  }

  @Test("a value that could mean something else in Kamailio's language is refused", arguments: Text.allCases)
  func injection(text: Text) throws {
    let evil = [
      "", " ", "a b", "a\nb", "a\"b", "a'b", "a\\b", "a!b", "a;b", "a#b", "a$b", "$rU", "a{b", "a/*b",
      "/x\"y",
      "/x!y", "/x\ny", "/x\u{0}y", "/x/../y", "/x/..", "/x$y", "/x@y", "x.example\"\ndebug=3",
      "Example.social",
      "a..b", "-a", "1.2.3.4:5060", "[::1]", "https://a.b/", "https://a.b:0", "https://a.b:x",
      "https://a\".b", "http://a.b", "https://", "https://a.b!g", "/xä",
    ]
    for value in evil {
      var configuration = Self.trial
      text.set(value, in: &configuration)
      #expect(throws: EngineError.self, "\(value.debugDescription)") { try rendered(configuration) }
    }
  }

  @Test("a token that can be guessed, or cannot stand in a header, is refused")
  func badToken() throws {
    for token in [
      "", "short", String(repeating: "x", count: 15), "with spaces in it and long enough",
      "line\nline\nline\nline\n",
    ] {
      var configuration = Self.trial
      configuration.controlToken = Secret(token)
      let fault = #expect(throws: EngineError.self) { try rendered(configuration) }
      #expect(fault?.remedy.contains("openssl rand") == true)
    }
  }

  @Test("addresses, ports and limits that mean nothing are refused")
  func numbers() throws {
    let changes: [(inout KamailioConfiguration) -> Void] = [
      { $0.interfaces = [] }, { $0.interfaces = ["127.0.0.1", "127.0.0.1"] }, { $0.ports.sip = 0 },
      { $0.ports.tls = 65_536 }, { $0.ports.control = $0.ports.webSocket }, { $0.deviceLimit = 0 },
      { $0.sourceLimit = 0 }, { $0.guessLimit = -1 }, { $0.advertisedAddress = "2001:db8::1" },
    ]
    for change in changes {
      var configuration = Self.trial
      change(&configuration)
      #expect(throws: EngineError.self) { try rendered(configuration) }
    }
  }

  @Test("what Kamailio takes grows with the machine, between bounds")
  func capacity() {
    let small = MachineCapacity(processors: 0, memoryMegabytes: 0)
    #expect(small.workers == 4 && small.sharedMegabytes == 128 && small.connections == 1024)
    let large = MachineCapacity(processors: 256, memoryMegabytes: 1 << 20)
    #expect(large.workers == 32 && large.sharedMegabytes == 2048 && large.connections == 16_384)
  }

  @Test("a template that asks for more than the program knows is refused by name")
  func strangeTemplate() {
    for text in ["{{{unknown}}}", "{{#unknown}}x{{/unknown}}", "{{^unknown}}x{{/unknown}}", "{{unknown}}"] {
      let fault = #expect(throws: EngineError.self) {
        try EngineTemplate("x", text: text).render(["known": 1])
      }
      #expect(fault?.cause.contains("unknown") == true)
    }
    #expect(throws: EngineError.self) { try EngineTemplate("x", text: "{{#a}}").render(["a": 1]) }
    #expect(throws: EngineError.self) { try EngineTemplate(share: Self.share, "kamailio/none") }
  }
}

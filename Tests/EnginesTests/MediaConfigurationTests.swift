// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation
import Testing

@testable import Engines

@Suite("rtpengine and coturn: configuration")
struct MediaConfigurationTests {
  static let share = NginxConfigurationTests.share
  static let capacity = MachineCapacity(processors: 2, memoryMegabytes: 4096)

  static let rtpengine = RTPEngineConfiguration(
    interfaces: ["192.168.1.7", "2001:db8::7"], advertisedAddress: "203.0.113.9", ports: 30_000...39_999,
    controlPort: 5068, httpPort: 5069, pidFile: "/s/media/rtpengine/rtpengine.pid", capacity: capacity)

  static let coturn = CoturnConfiguration(
    domain: "example.social", interfaces: ["192.168.1.7", "2001:db8::7"], externalAddress: "203.0.113.9",
    port: 3478,
    tls: .init(port: 5349, certificate: "/s/chain.pem", certificateKey: "/s/key.pem"),
    relayPorts: 40_000...49_999, secret: Secret("c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"), controlPort: 5766,
    controlPassword: Secret("cGFzc3dvcmRwYXNzd29yZHBhc3N3b3Jk"), state: "/s/media/coturn",
    pidFile: "/s/media/coturn/turnserver.pid", mediaAddresses: ["192.168.1.7", "127.0.0.1", "::1"],
    capacity: capacity)

  static let evilPaths = [
    "", "x", "a b", "/x y", "/x\ny", "/x;y", "/x#y", "/x\"y", "/x\u{0}y", "/x=y", "/x/../y", "/xä", "/x%y",
  ]
  static let evilAddresses = [
    "", "localhost", "1.2.3", "1.2.3.4;5.6.7.8", "1.2.3.4!5.6.7.8", "::1 x", "1.2.3.4\nx",
  ]

  func lines(_ text: String) -> Set<String> {
    Set(text.split(separator: "\n").map { String($0).replacing(" ", with: "") })
  }

  @Test("rtpengine is told each interface once, and the world's address for those of its kind")
  func rtpengine() throws {
    let said = lines(try Self.rtpengine.render(share: Self.share))
    #expect(said.contains("interface=192.168.1.7!203.0.113.9;2001:db8::7"))
    #expect(said.contains("listen-ng=127.0.0.1:5068") && said.contains("listen-http=127.0.0.1:5069"))
    #expect(said.contains("port-min=30000") && said.contains("port-max=39999"))
    #expect(said.contains("table=-1") && said.contains("max-sessions=1250"))
    #expect(!said.contains { $0.contains("{{") || $0.contains("Optional(") })
  }

  @Test("values that could mean something else to rtpengine are refused")
  func rtpengineInjection() {
    for path in Self.evilPaths {
      var configuration = Self.rtpengine
      configuration.pidFile = path
      #expect(throws: EngineError.self, "\(path.debugDescription)") {
        try configuration.render(share: Self.share)
      }
    }
    for address in Self.evilAddresses {
      var configuration = Self.rtpengine
      configuration.interfaces = [address]
      #expect(throws: EngineError.self, "\(address)") { try configuration.render(share: Self.share) }
      configuration = Self.rtpengine
      configuration.advertisedAddress = address
      #expect(throws: EngineError.self, "\(address)") { try configuration.render(share: Self.share) }
    }
    for (control, http, ports) in [
      (0, 5069, 1024...2000), (5068, 5068, 1024...2000), (5068, 5069, 80...2000),
    ] {
      var configuration = Self.rtpengine
      (configuration.controlPort, configuration.httpPort, configuration.ports) = (control, http, ports)
      #expect(throws: EngineError.self) { try configuration.render(share: Self.share) }
    }
  }

  @Test("coturn listens, relays and offers TLS where it should, and a peer on loopback is never allowed")
  func coturn() throws {
    let said = lines(try Self.coturn.render(share: Self.share))
    for line in [
      "realm=example.social", "listening-ip=192.168.1.7", "listening-ip=2001:db8::7", "relay-ip=192.168.1.7",
      "external-ip=203.0.113.9/192.168.1.7", "listening-port=3478", "tls-listening-port=5349",
      "cert=/s/chain.pem",
      "min-port=40000", "max-port=49999", "cli-port=5766", "allowed-peer-ip=192.168.1.7", "total-quota=10000",
    ] {
      #expect(said.contains(line), "\(line)")
    }
    #expect(!said.contains("allowed-peer-ip=127.0.0.1") && !said.contains("allowed-peer-ip=::1"))
    #expect(!said.contains("no-tls") && !said.contains { $0.contains("{{") || $0.contains("Optional(") })
    var plain = Self.coturn
    plain.tls = nil
    plain.externalAddress = nil
    let without = lines(try plain.render(share: Self.share))
    #expect(
      without.contains("no-tls") && !without.contains { $0.hasPrefix("external-ip") || $0.hasPrefix("cert=") }
    )
  }

  @Test("values that could mean something else to coturn are refused")
  func coturnInjection() {
    func refused(_ change: (inout CoturnConfiguration) -> Void, _ value: String) {
      var configuration = Self.coturn
      change(&configuration)
      #expect(throws: EngineError.self, "\(value.debugDescription)") {
        try configuration.render(share: Self.share)
      }
    }
    for path in Self.evilPaths {
      refused({ $0.state = path }, path)
      refused({ $0.pidFile = path }, path)
      refused({ $0.tls?.certificate = path }, path)
      refused({ $0.tls?.certificateKey = path }, path)
    }
    for address in Self.evilAddresses {
      refused({ $0.interfaces = [address] }, address)
      refused({ $0.externalAddress = address }, address)
      refused({ $0.mediaAddresses = [address] }, address)
    }
    for secret in [
      "", "short", "long enough but with spaces", "long-enough-but\nno-auth", "long-enough-but#comment",
    ] {
      refused({ $0.secret = Secret(secret) }, secret)
      refused({ $0.controlPassword = Secret(secret) }, secret)
    }
    refused({ $0.controlPassword = $0.secret }, "the same")
    for domain in ["", "a b", "A.b", "a\nb", "a..b"] { refused({ $0.domain = domain }, domain) }
    refused({ $0.port = 0 }, "0")
    refused({ $0.controlPort = $0.port }, "the same port")
    refused({ $0.relayPorts = 100...2000 }, "below 1024")
  }

  @Test("no secret is seen when a configuration is printed")
  func printing() {
    var printed = ""
    dump(Self.coturn, to: &printed)
    printed += "\(Self.coturn)"
    #expect(!printed.contains("c2VjcmV0") && !printed.contains("cGFzc3dvcmQ"))
  }
}

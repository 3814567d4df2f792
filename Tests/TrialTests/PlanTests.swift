// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import Trial

@Suite("Trial: ports, paths, texts")
struct PlanTests {
  @Test("one offset moves every port, and no two ports meet")
  func offset() throws {
    let ports = try PortPlan(offset: 4000)
    for port in PortPlan.Port.allCases { #expect(ports[port] == port.base + 4000) }
    #expect(Set(PortPlan.Port.allCases.map(\.base)).count == PortPlan.Port.allCases.count)
    #expect(ports.media == 14_000...14_199 && ports.relay == 14_200...14_399)
    for port in PortPlan.Port.allCases {
      #expect(!ports.media.contains(ports[port]) && !ports.relay.contains(ports[port]))
    }
    _ = try PortPlan(offset: PortPlan.largestOffset)
  }

  @Test(
    "an offset that makes no ports is refused with the range",
    arguments: ["-1", "60000", "x", "1.5", "99999999999999999999"])
  func badOffset(text: String) {
    let error = #expect(throws: TrialError.self) { try PortPlan(environmentValue: text) }
    #expect(error?.code == .badValue)
    #expect(error?.remedy.contains("\(PortPlan.largestOffset)") == true)
  }

  @Test("no offset in the environment means none", arguments: [nil, ""])
  func noOffset(text: String?) throws {
    #expect(try PortPlan(environmentValue: text).offset == 0)
  }

  @Test("back-off doubles from its first wait to its longest, and never overflows")
  func backoff() {
    let backoff = Backoff(first: .seconds(1), longest: .seconds(30))
    #expect((0...7).map(backoff.delay(afterFailures:)) == [0, 1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })
    #expect(backoff.delay(afterFailures: 1_000_000) == .seconds(30))
  }

  @Test(
    "a state folder whose path cannot be used everywhere is refused with a remedy",
    arguments: [
      "", "/", "relative", "/a b", "/a@b", "/a\"b", "/a\nb", "/ä", "/" + String(repeating: "x", count: 90),
    ])
  func badLayout(path: String) {
    let error = #expect(throws: TrialError.self) { try StateLayout(root: path) }
    #expect(error?.remedy.contains("TRUNKLINE_STATE") == true)
  }

  @Test("the configuration names the trial's hosts, ports and files")
  func configuration() throws {
    let layout = try StateLayout(root: "/s/")
    let text = DaemonConfiguration(layout: layout, ports: try PortPlan(offset: 1000)).text
    for line in [
      "domain: social.localhost", "  url: https://chat.social.localhost:9443", "  listen: 127.0.0.1:9480",
      "  home_server_upstream: http://127.0.0.1:9481", "  c2s_port: 6222", "key_file: /s/secrets/ledger.key",
      "  projection: /s/xmpp/projection", "  ca_file: /s/ca/ca.pem", "  projection: /s/sip/projection",
      "  port: 6060", "  control_port: 6067", "  ports: 11000-11199", "  ports: 11200-11399",
      "  control_token_file: /s/secrets/sip-control.token", "  certificate: /s/tls/coturn/chain.pem",
    ] {
      #expect(text.contains(line + "\n"), "\(line)")
    }
    #expect(!text.contains("8443"))
  }

  @Test("with a name in the local network the engines listen for others too, and the daemon still does not")
  func openConfiguration() throws {
    let reach = Reach(
      hosts: TrialHosts(domain: "trial.home.arpa"), addresses: ["192.168.1.7", "2001:db8::7"])
    let text = DaemonConfiguration(layout: try StateLayout(root: "/s/"), ports: try PortPlan(), reach: reach)
      .text
    for line in [
      "domain: trial.home.arpa", "  url: https://chat.trial.home.arpa:8443", "  listen: 127.0.0.1:8480",
      "  rooms_host: rooms.trial.home.arpa", "  upload_url: https://upload.trial.home.arpa:8443",
    ] {
      #expect(text.contains(line + "\n"), "\(line)")
    }
    let open = #"  interfaces: [127.0.0.1, 192.168.1.7, "2001:db8::7"]"#
    let media = #"  interfaces: [192.168.1.7, "2001:db8::7"]"#
    // xmpp (and nginx with it) and sip; media and turn.
    #expect(text.components(separatedBy: open + "\n").count == 3)
    #expect(text.components(separatedBy: media + "\n").count == 3)
    #expect(!text.contains("localhost"))
  }

  @Test("what becomes reachable is said with ports, for whom and what it means; what is not is not named")
  func doors() throws {
    let reach = Reach(hosts: TrialHosts(domain: "trial.home.arpa"), addresses: ["192.168.1.7"])
    let ports = try PortPlan(offset: 1000)
    let doors = OpenDoors(reach: reach, ports: ports, layout: try StateLayout(root: "/s"))
    let text = doors.warning.joined(separator: "\n")
    for port in PortPlan.Port.allCases {
      #expect(text.contains("    \(ports[port]) ") == port.isForClients, "\(port)")
    }
    #expect(text.contains("192.168.1.7") && text.contains("11000-11199") && text.contains("public"))
    #expect(text.contains("Ctrl-C") && text.contains("UDP"))
    let after = doors.instructions.joined(separator: "\n")
    #expect(after.contains("/s/ca/ca.pem") && after.contains("@alice@trial.home.arpa"))
  }

  @Test("what is asked over UDP is what the engines' protocols say, and only the right answer counts")
  func questions() {
    let nonce = [UInt8](0..<12)
    let id = "000102030405060708090a0b"
    #expect(DatagramQuestion.media.bytes(nonce: nonce) == Array("\(id) d7:command4:pinge".utf8))
    #expect(DatagramQuestion.media.isAnswered(by: Array("\(id) d6:result4:ponge".utf8), nonce: nonce))
    #expect(!DatagramQuestion.media.isAnswered(by: Array("x d6:result4:ponge".utf8), nonce: nonce))
    let binding = DatagramQuestion.stun.bytes(nonce: nonce)
    #expect(binding.count == 20 && Array(binding[..<8]) == [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42])
    #expect(DatagramQuestion.stun.isAnswered(by: [1, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + nonce, nonce: nonce))
    #expect(!DatagramQuestion.stun.isAnswered(by: [1, 1, 0, 0] + nonce, nonce: nonce))
    #expect(!DatagramQuestion.stun.isAnswered(by: [], nonce: nonce))
    let sip = DatagramQuestion.sip(domain: "a.b")
    #expect(
      String(decoding: sip.bytes(nonce: nonce), as: UTF8.self).hasPrefix("REGISTER sip:a.b SIP/2.0\r\n"))
    #expect(sip.isAnswered(by: Array("SIP/2.0 401 Unauthorized\r\nCall-ID: \(id)\r\n".utf8), nonce: nonce))
    // 503 is what Kamailio says while it cannot read its projection.
    #expect(!sip.isAnswered(by: Array("SIP/2.0 503 x\r\nCall-ID: \(id)\r\n".utf8), nonce: nonce))
    #expect(!sip.isAnswered(by: Array("SIP/2.0 401 x\r\nCall-ID: other\r\n".utf8), nonce: nonce))
  }

  @Test("the state folder of another checkout has another name")
  func hash() {
    #expect(StateLocation.shortHash(of: "/home/a") != StateLocation.shortHash(of: "/home/b"))
    #expect(StateLocation.shortHash(of: "/home/a").count == 8)
  }

  @Test("the names of a certificate are read from what openssl says")
  func names() {
    let text = "X509v3 Subject Alternative Name: \n    DNS:a.localhost, DNS:b.localhost\n"
    #expect(CertificateAuthority.names(in: text) == ["a.localhost", "b.localhost"])
  }

  @Test("only libraries with a path are taken from what ldd says")
  func libraries() {
    let text = """
      \tlinux-vdso.so.1 (0x1)
      \tlibswiftCore.so => /opt/swift/lib/libswiftCore.so (0x2)
      \tlibx.so => not found
      \t/lib64/ld-linux-x86-64.so.2 (0x3)
      """
    #expect(Installation.libraries(in: text) == ["/opt/swift/lib/libswiftCore.so"])
  }

  @Test(
    "only a status of 200 is ready",
    arguments: [
      ("HTTP/1.1 200 OK\r\n", true), ("HTTP/1.0 200 OK\r\n", true), ("HTTP/1.1 503 No\r\n", false),
      ("HTTP/1.1 2000 X\r\n", false), ("", false), ("200", false),
    ])
  func status(answer: String, isReady: Bool) {
    #expect(Probe.isOK(answer) == isReady)
  }

  @Test("a program that is not installed is an error that names the package and the remedy")
  func missing() {
    let error = #expect(throws: TrialError.self) { try Tool.find("no-such-program", package: "some-package") }
    #expect(error?.code == .missing)
    #expect(error?.cause.contains("some-package") == true)
    #expect(error?.remedy.contains("install-requirements") == true)
    let user = #expect(throws: TrialError.self) {
      try Identity.named("no-such-user", package: "some-package")
    }
    #expect(user?.cause.contains("some-package") == true)
  }

  @Test(
    "the engines start before the daemon, so that none can come to need it; and each listens where it is asked"
  )
  func cue() throws {
    let ports = try PortPlan(offset: 7)
    let cue = try Self.cue(ports)
    #expect(
      cue.children.map(\.name) == [
        "sandbox", "prosody", "rtpengine", "kamailio", "coturn", "nginx", "daemon",
      ])
    let probed = Set(cue.children.flatMap(\.readiness).map(\.port))
    #expect(probed == Set(PortPlan.Port.allCases.map { ports[$0] }))
  }

  static func cue(_ ports: PortPlan) throws -> Cue {
    let one = Identity(user: 1, group: 1)
    return Cue(
      layout: try StateLayout(root: "/s"), ports: ports,
      cast: Cast(
        daemon: one, sandbox: one, prosody: one, nginx: one, kamailio: one, rtpengine: one, coturn: one,
        isSeparated: true),
      programs: Programs(prosody: "/p", nginx: "/n", rtpengine: "/r", coturn: "/c"))
  }

  @Test("no secret stands in an argument or in the environment of a child: only paths, ports and an offset")
  func noSecrets() throws {
    let cue = try Self.cue(PortPlan())
    for child in cue.children {
      for text in child.arguments + Array(child.environment.values) {
        #expect(!text.contains("secret") && !text.contains("token") && !text.contains(".key"), "\(text)")
      }
    }
  }
}

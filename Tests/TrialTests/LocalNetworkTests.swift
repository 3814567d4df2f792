// SPDX-License-Identifier: AGPL-3.0-or-later

import Testing

@testable import Trial

@Suite("Trial: a name in the local network")
struct LocalNetworkTests {
  static let own = ["192.168.1.7", "2001:db8::7"]

  static func network(_ names: [String: [String]], own: [String] = own) -> LocalNetwork {
    LocalNetwork(addresses: { own }, resolve: { names[$0] ?? [] })
  }

  static func all(_ name: String, _ addresses: [String]) -> [String: [String]] {
    Dictionary(uniqueKeysWithValues: TrialHosts(domain: name).all.map { ($0, addresses) })
  }

  @Test("a name whose four hosts lead to this machine is where it listens, besides loopback")
  func good() throws {
    let reach = try Self.network(Self.all("trial.home.arpa", ["192.168.1.7"])).reach(of: "trial.home.arpa")
    #expect(reach.hosts.portal == "chat.trial.home.arpa")
    #expect(reach.addresses == ["192.168.1.7"] && reach.isOpen)
    #expect(reach.interfaces == ["127.0.0.1", "192.168.1.7"])
    #expect(reach.mediaInterfaces == ["192.168.1.7"])
    #expect(reach.interfaces(of: .portal) == ["127.0.0.1"] && reach.interfaces(of: .sip) == reach.interfaces)
    let both = try Self.network(Self.all("trial.home.arpa", Self.own)).reach(of: "trial.home.arpa")
    #expect(both.addresses == Self.own)
    #expect(!Reach.loopback.isOpen && Reach.loopback.interfaces == ["127.0.0.1"])
  }

  @Test(
    "what is no name for a trial is refused before anything is asked",
    arguments: [
      "", "trial", "localhost", "social.localhost", "192.168.1.7", "::1", "Trial.home.arpa", "a..b", ".a.b",
      "a.b.", "-a.b",
      "a-.b", "a b.c", "a_b.c", "ä.b", "a.b/c", "a.b:80", "a.b\nc", "https://a.b", "$(x).b", "a;b.c",
      String(repeating: "a", count: 64) + ".b", String(repeating: "a.", count: 125) + "bc",
    ])
  func badName(name: String) {
    let network = LocalNetwork(
      addresses: { Self.own },
      resolve: { _ in
        Issue.record("it was asked for")
        return []
      })
    let error = #expect(throws: TrialError.self) { try network.reach(of: name) }
    #expect(error?.code == .badValue && error?.remedy.isEmpty == false)
    #expect(error?.cause.hasPrefix("--lan ") == true)
  }

  @Test(
    "a host that leads nowhere, elsewhere or to loopback is named, with the line to paste", arguments: 0..<4)
  func badHost(index: Int) {
    let hosts = TrialHosts(domain: "trial.local")
    let host = hosts.all[index]
    for (addresses, word) in [
      ([], "nowhere"), (["192.168.1.8"], "192.168.1.8"), (["127.0.1.1"], "loopback"), (["::1"], "loopback"),
      (["192.168.1.7", "203.0.113.5"], "203.0.113.5"),
    ] {
      var names = Self.all("trial.local", ["192.168.1.7"])
      names[host] = addresses
      let error = #expect(throws: TrialError.self) { try Self.network(names).reach(of: "trial.local") }
      #expect(error?.cause.contains("\(host) ") == true && error?.cause.contains(word) == true)
      #expect(
        error?.remedy.contains(
          "192.168.1.7 trial.local chat.trial.local upload.trial.local rooms.trial.local") == true)
      #expect(error?.remedy.contains("router") == true && error?.remedy.contains("mDNS") == true)
    }
  }

  @Test("a machine without a network says so")
  func alone() {
    let error = #expect(throws: TrialError.self) {
      try Self.network(Self.all("a.b", ["192.168.1.7"]), own: []).reach(of: "a.b")
    }
    #expect(error?.cause.contains("no address") == true)
  }

  @Test("the machine's own addresses are found, and loopback is none of them")
  func current() {
    for address in LocalNetwork.current.addresses() {
      #expect(!LocalNetwork.isLoopback(address) && !address.hasPrefix("fe80"))
    }
    #expect(LocalNetwork.current.resolve("localhost").allSatisfy(LocalNetwork.isLoopback))
    #expect(LocalNetwork.current.resolve("no-such-name.invalid").isEmpty)
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import Discovery

/// Where we may be sent by a name that a stranger wrote into DNS.
@Suite struct NetworkAddressTests {
  @Test(arguments: [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1", "100.127.255.255", "0.0.0.0", "0.1.2.3", "192.0.0.8", "::1", "::", "fe80::1", "febf::1",
    "fec0::1",
    "fc00::1", "fd12:3456:789a::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:7f00:1",
    "0:0:0:0:0:ffff:a00:1",
    "::127.0.0.1", "::7f00:1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b::c0a8:101", "64:ff9b:1::1",
  ])
  func insideIsNotConnectedTo(text: String) throws {
    let address = try #require(NetworkAddress(text))
    #expect(address.scope == .inside)
    #expect(Boundary(own: { [] }).admitted([address]).isEmpty)
    #expect(Boundary(allowsInside: true).admitted([address]) == [address])
  }

  @Test(arguments: [
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.51.100.7",
    "203.0.113.9",
    "198.18.0.1", "198.19.255.255", "192.88.99.1", "ff02::1", "ff00::", "2001:db8::1", "3fff::1",
    "2002:7f00:1::",
    "2002:808:808::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "100::1", "4000::1", "5f00::1",
    "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::224.0.0.1", "64:ff9b:0:1::1", "8000::",
  ])
  func nowhereIsNotConnectedToEvenInTrials(text: String) throws {
    let address = try #require(NetworkAddress(text))
    #expect(address.scope == .nowhere)
    #expect(Boundary(allowsInside: true, own: { [] }).admitted([address]).isEmpty)
  }

  @Test(arguments: [
    "8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "192.0.1.1",
    "11.0.0.1",
    "223.255.255.255", "169.253.0.1", "192.167.0.1", "198.17.0.1", "198.20.0.1", "2600::1", "2001:200::1",
    "2a01:4f8::1", "3ffe::1", "2003::1", "64:ff9b::8.8.8.8",
  ])
  func theInternetIsConnectedTo(text: String) throws {
    let address = try #require(NetworkAddress(text))
    #expect(address.scope == .everywhere)
    #expect(Boundary(own: { [] }).admitted([address]) == [address])
  }

  @Test("ways to write an address that other resolvers take are no addresses here")
  func oddForms() {
    for text in [
      "0x7f000001", "2130706433", "127.1", "0177.0.0.1", "1.2.3.4.5", "fe80::1%eth0", "[::1]", "", "::g",
    ] {
      #expect(NetworkAddress(text) == nil, "\(text)")
    }
    #expect(NetworkAddress(bytes: [1, 2, 3]) == nil)
  }

  @Test func oneAddressInsideSpoilsAllOthers() throws {
    let good = try #require(NetworkAddress("8.8.8.8"))
    let bad = try #require(NetworkAddress("127.0.0.1"))
    #expect(Boundary(own: { [] }).admitted([good, bad]).isEmpty)
    #expect(Boundary(own: { [] }).admitted([]).isEmpty)
  }

  @Test func ourOwnAddressesAreNotConnectedTo() throws {
    let own = try #require(NetworkAddress("8.8.8.8"))
    #expect(Boundary(own: { [own] }).admitted([own]).isEmpty)
    let loopback = try #require(NetworkAddress("127.0.0.1"))
    #expect(try NetworkAddress.own().contains(loopback))
  }

  @Test func nothingIsConnectedToWhileOurOwnAddressesAreNotKnown() throws {
    struct Unknown: Error {}
    let somewhere = try #require(NetworkAddress("8.8.8.8"))
    #expect(Boundary(own: { throw Unknown() }).admitted([somewhere]).isEmpty)
  }

  @Test(arguments: ["8.8.8.8", "2600::1", "::1", "64:ff9b::808:808"])
  func theTextIsTheSameAddressAgain(text: String) throws {
    let address = try #require(NetworkAddress(text))
    #expect(NetworkAddress(address.description) == address)
  }

  @Test(arguments: [
    "localhost", "social.localhost", "printer.local", "x.onion", "x.internal", "x.invalid", "x.alt",
    "nas.home.arpa",
    "127.0.0.1", "1.2.3", "example.0x7f", "example", "", "example.", ".example.org", "a..b",
    String(repeating: "a", count: 64) + ".example", String(repeating: "a.", count: 127) + "example",
  ])
  func suchNamesAreNotAskedFor(name: String) { #expect(!Boundary().mayAsk(name)) }

  @Test(arguments: [
    "example.org", "Mastodon.Example", "xn--bcher-kva.example", "1.example", "a.b.c.d.example",
  ])
  func publicNamesAreAskedFor(name: String) { #expect(Boundary().mayAsk(name)) }

  @Test func aTrialAsksForItsOwnNames() {
    #expect(Boundary(allowsInside: true).mayAsk("social.localhost"))
    #expect(!Boundary(allowsInside: true).mayAsk("127.0.0.1"))
  }
}

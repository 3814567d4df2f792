// SPDX-License-Identifier: AGPL-3.0-or-later

import Testing

@testable import Portal

@Suite struct ClientAddressTests {
  private let proxies: Set<String> = ["127.0.0.1", "10.0.0.1"]

  @Test func onlyAProxyOfOursIsBelieved() {
    #expect(
      ClientAddress.resolve(peer: "192.0.2.1", forwarded: ["198.51.100.9"], trusted: proxies) == "192.0.2.1")
    #expect(
      ClientAddress.resolve(peer: "127.0.0.1", forwarded: ["198.51.100.9"], trusted: proxies)
        == "198.51.100.9")
    #expect(ClientAddress.resolve(peer: nil, forwarded: ["198.51.100.9"], trusted: proxies) == nil)
  }

  @Test func whatAStrangerWroteBeforeIsNotReached() {
    #expect(
      ClientAddress.resolve(peer: "127.0.0.1", forwarded: ["6.6.6.6, 198.51.100.9"], trusted: proxies)
        == "198.51.100.9")
    #expect(
      ClientAddress.resolve(
        peer: "127.0.0.1", forwarded: ["6.6.6.6", "198.51.100.9, 10.0.0.1"], trusted: proxies)
        == "198.51.100.9")
  }

  @Test(arguments: ["", "unknown", "evil\r\nX: y", "<script>", String(repeating: "1", count: 60), ","])
  func rubbishIsIgnored(header: String) {
    #expect(ClientAddress.resolve(peer: "127.0.0.1", forwarded: [header], trusted: proxies) == "127.0.0.1")
  }

  @Test func limitsCountIPv6ByNetwork() {
    #expect(ClientAddress.limitKey("2001:db8:1:2:3:4:5:6") == ClientAddress.limitKey("2001:db8:1:2::9"))
    #expect(ClientAddress.limitKey("2001:db8:1:2::9") != ClientAddress.limitKey("2001:db8:1:3::9"))
    #expect(ClientAddress.limitKey("192.0.2.1") == "192.0.2.1")
  }

  @Test func aBucketRefillsAndForgetsNobodyTooSoon() {
    let limiter = RateLimiter(.init(burst: 2, perSecond: 1), capacity: 2)
    let start = ContinuousClock.now
    #expect(limiter.take("a", now: start) == nil)
    #expect(limiter.take("a", now: start) == nil)
    #expect(limiter.take("a", now: start) == 1)
    #expect(limiter.take("b", now: start) == nil)
    #expect(limiter.take("a", now: start + .seconds(1)) == nil)
  }
}

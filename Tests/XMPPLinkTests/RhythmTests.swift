// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Testing

@testable import XMPPLink

@Suite struct BackoffTests {
  static let most = RandomBytes { Array(repeating: 255, count: $0) }
  static let least = RandomBytes { Array(repeating: 0, count: $0) }

  @Test func pausesDoubleUpToTheLimit() {
    var backoff = Backoff(LinkSettings.Times())
    let pauses = (0..<9).map { _ in backoff.next(lived: nil, random: Self.most) }
    #expect(pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30].map { Duration.seconds($0) })
  }

  @Test func noTwoLinksComeBackTogether() {
    var (early, late) = (Backoff(LinkSettings.Times()), Backoff(LinkSettings.Times()))
    for _ in 0..<10 {
      let (soon, later) = (
        early.next(lived: nil, random: Self.least), late.next(lived: nil, random: Self.most)
      )
      #expect(soon * 2 == later)
    }
  }

  @Test func afterAGoodStreamTheFirstAttemptComesAtOnce() {
    var backoff = Backoff(LinkSettings.Times())
    for _ in 0..<5 { _ = backoff.next(lived: nil, random: Self.most) }
    #expect(backoff.next(lived: .seconds(60), random: Self.most) == .zero)
    #expect(backoff.next(lived: nil, random: Self.most) == .milliseconds(500))
  }

  @Test func aServerThatThrowsUsOutIsNotPestered() {
    var backoff = Backoff(LinkSettings.Times())
    let pauses = (0..<3).map { _ in backoff.next(lived: .seconds(1), random: Self.most) }
    #expect(pauses == [.milliseconds(500), .seconds(1), .seconds(2)])
  }

  @Test func neverOverflows() {
    var backoff = Backoff(LinkSettings.Times())
    for _ in 0..<1_000 { #expect(backoff.next(lived: nil, random: .system) <= .seconds(30)) }
  }
}

@Suite struct KeepAliveTests {
  @Test func aSpaceFollowsSilenceOfOurs() {
    var alive = KeepAlive(LinkSettings.Times(), now: .zero)
    #expect(alive.due(.seconds(29)) == nil)
    #expect(alive.due(.seconds(30)) == .space)
    alive.sent(.seconds(30))
    alive.heard(.seconds(30))
    #expect(alive.due(.seconds(59)) == nil)
    #expect(alive.due(.seconds(60)) == .space)
  }

  @Test func silenceOfTheirsIsAskedAboutAndThenTheEnd() {
    var alive = KeepAlive(LinkSettings.Times(), now: .zero)
    #expect(alive.due(.seconds(60)) == .ping)
    alive.sent(.seconds(60))
    #expect(alive.due(.seconds(74)) == nil)
    #expect(alive.due(.seconds(75)) == .dead)
  }

  @Test func anythingHeardIsASignOfLife() {
    var alive = KeepAlive(LinkSettings.Times(), now: .zero)
    #expect(alive.due(.seconds(60)) == .ping)
    alive.sent(.seconds(60))
    alive.heard(.seconds(74))
    #expect(alive.due(.seconds(75)) == nil)
    alive.sent(.seconds(133))
    #expect(alive.due(.seconds(134)) == .ping)
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Testing

@testable import Discovery

@Suite struct LimitTests {
  static let now = Timestamp(seconds: 1_800_000_000)

  static func queue(
    member: Double = 3, all: Double = 100, domain: Int = 1, waiting: Int = 100
  ) -> LookupQueue {
    LookupQueue(
      limits: LookupQueue.Limits(
        memberAtOnce: member, memberPerSecond: 0.5, allAtOnce: all, allPerSecond: 1, domain: domain,
        waiting: waiting), at: now)
  }

  @Test func aBucketGivesSoMuchAtOnceAndSoMuchLater() {
    var bucket = TokenBucket(size: 2, perSecond: 0.5, at: Self.now)
    let taken = [0, 0, 0, 1, 2, 2, 1_000_000, 1_000_000, 1_000_000].map { bucket.take(at: Self.now + $0) }
    #expect(taken == [true, true, false, false, true, false, true, true, false])
  }

  @Test func aClockThatIsSetBackGivesNothing() {
    var bucket = TokenBucket(size: 1, perSecond: 1, at: Self.now)
    let taken = [0, -3_600, -3_599].map { bucket.take(at: Self.now + $0) }
    #expect(taken == [true, false, true])
  }

  @Test func whatIsPendingIsAskedOnceHoweverManyWish() {
    var queue = Self.queue()
    for member in 0..<50 as Range<Int64> {
      #expect(queue.wish(.records("pond.example"), by: member, at: Self.now) == .pending)
    }
    #expect(queue.next() == .records("pond.example"))
    #expect(queue.next() == nil && queue.isPending(.records("pond.example")))
    queue.finish(.records("pond.example"))
    #expect(!queue.isPending(.records("pond.example")) && queue.count == 0)
  }

  @Test func aMemberWhoAsksTooMuchTakesNothingFromOthers() {
    var queue = Self.queue(member: 3, all: 5)
    let wishes = (0..<100).map { queue.wish(.records("\($0).example"), by: 1, at: Self.now) }
    #expect(wishes.filter { $0 == .pending }.count == 3)
    #expect(queue.wish(.records("a.example"), by: 2, at: Self.now) == .pending)
    #expect(queue.wish(.records("b.example"), by: 2, at: Self.now) == .pending)
    #expect(queue.wish(.records("c.example"), by: 2, at: Self.now) == .refused)
    #expect(queue.wish(.records("z.example"), by: 1, at: Self.now + 2) == .pending)
  }

  @Test func oneDomainIsAskedLittleAtATimeAndKeepsNobodyWaiting() {
    var queue = Self.queue(member: 10)
    for name in ["a", "b"] {
      _ = queue.wish(.statements(Address(stored: "\(name)@pond.example")), by: 1, at: Self.now)
    }
    _ = queue.wish(.records("lake.example"), by: 1, at: Self.now)
    #expect(queue.next() == .statements(Address(stored: "a@pond.example")))
    #expect(queue.next() == .records("lake.example"))
    #expect(queue.next() == nil)
    queue.finish(.statements(Address(stored: "a@pond.example")))
    #expect(queue.next() == .statements(Address(stored: "b@pond.example")))
  }

  @Test func whoAsksForMuchKeepsNobodyWaiting() {
    var queue = Self.queue(member: 50)
    for number in 0..<50 { _ = queue.wish(.records("\(number).example"), by: 1, at: Self.now) }
    #expect(queue.next() == .records("0.example"))
    _ = queue.wish(.records("other.example"), by: 2, at: Self.now)
    #expect(queue.next() == .records("other.example"))
    #expect(queue.next() == .records("1.example"))
    for _ in 0..<20 { _ = queue.next() }
    #expect(queue.next() == nil)
    queue.finish(.records("1.example"))
    #expect(queue.next() != nil && queue.next() == nil)
  }

  @Test func soManyWaitAndNoMore() {
    var queue = Self.queue(member: 1_000, all: 1_000, waiting: 7)
    let wishes = (0..<100).map { queue.wish(.records("\($0).example"), by: 1, at: Self.now) }
    #expect(wishes.filter { $0 == .pending }.count == 7 && queue.count == 7)
  }

  @Test func finishingTwiceOrWhatNeverBeganIsHarmless() {
    var queue = Self.queue()
    queue.finish(.records("pond.example"))
    _ = queue.wish(.records("pond.example"), by: 1, at: Self.now)
    _ = queue.next()
    queue.finish(.records("pond.example"))
    queue.finish(.records("pond.example"))
    _ = queue.wish(.records("pond.example"), by: 1, at: Self.now)
    #expect(queue.next() == .records("pond.example"))
  }
}

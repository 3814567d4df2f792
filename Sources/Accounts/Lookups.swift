// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
public import Discovery
import Synchronization

/// The look-ups at other domains that pages want, and those who make them. Shared by ``Accounts``, whose pages never wait for
/// one, and ``ReachabilityLookups``.
public final class Lookups: Sendable {
  /// What is asked elsewhere, and how.
  struct Ways: Sendable {
    var mayAsk: @Sendable (_ domain: String) -> Bool
    var offer: @Sendable (_ domain: String) async -> DomainOffer?
    var statements: @Sendable (Address) async -> WebFingerAnswer
    /// Nothing more will be asked: whatever is under way ends soon.
    var close: @Sendable () -> Void
  }

  let ways: Ways
  /// Rings when there may be something to do. For one listener.
  let bell: AsyncStream<Void>
  private let ringer: AsyncStream<Void>.Continuation
  private let queue: Mutex<LookupQueue>

  public convenience init(
    scout: Scout, limits: LookupQueue.Limits = LookupQueue.Limits(), clock: WallClock = systemClock
  ) {
    self.init(
      Ways(
        mayAsk: scout.mayAsk, offer: { await scout.offer(of: .xmpp, at: $0) }, statements: scout.statements,
        close: scout.shutdown), limits: limits, at: clock())
  }

  init(_ ways: Ways, limits: LookupQueue.Limits = LookupQueue.Limits(), at now: Timestamp) {
    self.ways = ways
    queue = Mutex(LookupQueue(limits: limits, at: now))
    (bell, ringer) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  func wish(_ inquiries: [Inquiry], by member: Account.ID, at now: Timestamp) -> [Inquiry: LookupQueue.Wish] {
    let wishes = queue.withLock { queue in
      inquiries.reduce(into: [:]) { $0[$1] = queue.wish($1, by: member, at: now) }
    }
    ringer.yield()
    return wishes
  }

  func next() -> Inquiry? { queue.withLock { $0.next() } }

  func finish(_ inquiry: Inquiry) {
    queue.withLock { $0.finish(inquiry) }
    ringer.yield()
  }
}

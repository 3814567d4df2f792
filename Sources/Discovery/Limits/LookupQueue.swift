// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

/// One look-up elsewhere.
public enum Inquiry: Sendable, Hashable {
  /// What DNS says of chat at a domain.
  case records(String)
  /// What a handle's own server states about it.
  case statements(Address)

  /// Whom it is asked of.
  public var domain: String {
    switch self {
    case .records(let domain): domain
    case .statements(let address): address.domain
    }
  }
}

/// The look-ups that are to be made: each once, a bounded number, and only so many for each member and in all. Pure.
public struct LookupQueue: Sendable {
  public struct Limits: Sendable, Hashable {
    /// Look-ups that one member's pages may cause at once, and in a second later on.
    public var memberAtOnce: Double
    public var memberPerSecond: Double
    /// The same for all members together.
    public var allAtOnce: Double
    public var allPerSecond: Double
    /// Look-ups at one domain at the same time.
    public var domain: Int
    /// Look-ups at the same time, at all domains together.
    public var concurrent: Int
    /// Look-ups that wait.
    public var waiting: Int

    public init(
      memberAtOnce: Double = 500, memberPerSecond: Double = 2, allAtOnce: Double = 2_000,
      allPerSecond: Double = 10,
      domain: Int = 2, concurrent: Int = 8, waiting: Int = 5_000
    ) {
      self.memberAtOnce = memberAtOnce
      self.memberPerSecond = memberPerSecond
      self.allAtOnce = allAtOnce
      self.allPerSecond = allPerSecond
      self.domain = domain
      self.concurrent = concurrent
      self.waiting = waiting
    }
  }

  public enum Wish: Sendable, Hashable {
    /// It will be looked up, or is being looked up.
    case pending
    /// Not now: too much was asked for.
    case refused
  }

  private struct Waiting: Sendable {
    let inquiry: Inquiry
    let member: Account.ID
  }

  private let limits: Limits
  private var waiting: [Waiting] = []
  private var pending: Set<Inquiry> = []
  /// What is under way, and for whom.
  private var begun: [Inquiry: Account.ID] = [:]
  private var members: [Account.ID: TokenBucket] = [:]
  private var all: TokenBucket

  public init(limits: Limits = Limits(), at now: Timestamp) {
    self.limits = limits
    all = TokenBucket(size: limits.allAtOnce, perSecond: limits.allPerSecond, at: now)
  }

  public func isPending(_ inquiry: Inquiry) -> Bool { pending.contains(inquiry) }
  public var count: Int { pending.count }

  /// A member's page wants to know. What is pending already costs nothing.
  public mutating func wish(_ inquiry: Inquiry, by member: Account.ID, at now: Timestamp) -> Wish {
    if pending.contains(inquiry) { return .pending }
    guard waiting.count < limits.waiting else { return .refused }
    forgetIdleMembers(at: now)
    var bucket =
      members[member]
      ?? TokenBucket(size: limits.memberAtOnce, perSecond: limits.memberPerSecond, at: now)
    // The member's own first: who has used theirs up takes nothing from the others.
    let isAllowed = bucket.take(at: now) && all.take(at: now)
    members[member] = bucket
    guard isAllowed else { return .refused }
    waiting.append(Waiting(inquiry: inquiry, member: member))
    pending.insert(inquiry)
    return .pending
  }

  /// The next inquiry whose domain is not busy, of the member with the fewest under way: whoever has many keeps nobody
  /// waiting. It stays pending until ``finish(_:)``.
  public mutating func next() -> Inquiry? {
    guard begun.count < limits.concurrent else { return nil }
    let domains = begun.keys.reduce(into: [:]) { $0[$1.domain, default: 0] += 1 }
    let busy = begun.values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    var best: (index: Int, load: Int)?
    for (index, entry) in waiting.enumerated()
    where domains[entry.inquiry.domain, default: 0] < limits.domain {
      let load = busy[entry.member, default: 0]
      if load < best?.load ?? .max { best = (index, load) }
      if load == 0 { break }
    }
    guard let best else { return nil }
    let entry = waiting.remove(at: best.index)
    begun[entry.inquiry] = entry.member
    return entry.inquiry
  }

  /// What was begun is done, however it went.
  public mutating func finish(_ inquiry: Inquiry) {
    guard begun.removeValue(forKey: inquiry) != nil else { return }
    pending.remove(inquiry)
  }

  /// Now and then: as many members as have asked a moment ago are remembered, and no more.
  private mutating func forgetIdleMembers(at now: Timestamp) {
    guard members.count >= 1_000 else { return }
    members = members.filter { !$0.value.isFull(at: now) }
  }
}

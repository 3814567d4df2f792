// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

/// One look-up elsewhere.
public enum Errand: Sendable, Hashable {
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
    /// Look-ups that wait.
    public var waiting: Int

    public init(
      memberAtOnce: Double = 300, memberPerSecond: Double = 1, allAtOnce: Double = 2_000,
      allPerSecond: Double = 10,
      domain: Int = 2, waiting: Int = 5_000
    ) {
      self.memberAtOnce = memberAtOnce
      self.memberPerSecond = memberPerSecond
      self.allAtOnce = allAtOnce
      self.allPerSecond = allPerSecond
      self.domain = domain
      self.waiting = waiting
    }
  }

  public enum Wish: Sendable, Hashable {
    /// It will be looked up, or is being looked up.
    case pending
    /// Not now: too much was asked for.
    case refused
  }

  private let limits: Limits
  private var waiting: [Errand] = []
  private var pending: Set<Errand> = []
  private var busy: [String: Int] = [:]
  private var members: [Account.ID: TokenBucket] = [:]
  private var all: TokenBucket

  public init(limits: Limits = Limits(), at now: Timestamp) {
    self.limits = limits
    all = TokenBucket(size: limits.allAtOnce, perSecond: limits.allPerSecond, at: now)
  }

  public func isPending(_ errand: Errand) -> Bool { pending.contains(errand) }
  public var count: Int { pending.count }

  /// A member's page wants to know. What is pending already costs nothing.
  public mutating func wish(_ errand: Errand, by member: Account.ID, at now: Timestamp) -> Wish {
    if pending.contains(errand) { return .pending }
    guard waiting.count < limits.waiting else { return .refused }
    forgetIdleMembers(at: now)
    var bucket =
      members[member]
      ?? TokenBucket(size: limits.memberAtOnce, perSecond: limits.memberPerSecond, at: now)
    // The member's own first: who has used theirs up takes nothing from the others.
    let isAllowed = bucket.take(at: now) && all.take(at: now)
    members[member] = bucket
    guard isAllowed else { return .refused }
    waiting.append(errand)
    pending.insert(errand)
    return .pending
  }

  /// The next errand whose domain is not busy; it stays pending until ``finish(_:)``.
  public mutating func next() -> Errand? {
    guard let index = waiting.firstIndex(where: { busy[$0.domain, default: 0] < limits.domain }) else {
      return nil
    }
    let errand = waiting.remove(at: index)
    busy[errand.domain, default: 0] += 1
    return errand
  }

  public mutating func finish(_ errand: Errand) {
    guard pending.remove(errand) != nil, let count = busy[errand.domain] else { return }
    busy[errand.domain] = count > 1 ? count - 1 : nil
  }

  /// Now and then: as many members as have asked a moment ago are remembered, and no more.
  private mutating func forgetIdleMembers(at now: Timestamp) {
    guard members.count >= 1_000 else { return }
    for (member, bucket) in members {
      var bucket = bucket
      if bucket.isFull(at: now) { members[member] = nil }
    }
  }
}

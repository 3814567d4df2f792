// SPDX-License-Identifier: AGPL-3.0-or-later

/// What is known about one handle, from which its ``Reachability`` follows.
public struct ReachabilityEvidence: Sendable, Hashable {
  /// What came of a question.
  public enum Heard<Answer: Sendable & Hashable>: Sendable, Hashable {
    case answer(Answer, at: Timestamp)
    case nothing(Reachability.Ignorance)
  }

  /// The handle of the account.
  public var handle: Address
  /// The domain of this site.
  public var domain: String
  /// What is switched on at a handle of this domain; nothing at one that nobody has.
  public var switchedOn: Set<Service>
  /// What the account's profile states, in its order.
  public var profile: [StatedAddress]
  /// When the profile was read.
  public var profileReadAt: Timestamp?
  /// What the account's own server states about it.
  public var webFinger: Heard<[StatedAddress]>
  /// What DNS says of chat at the handle's domain.
  public var records: Heard<DomainOffer>

  public init(
    handle: Address, domain: String, switchedOn: Set<Service> = [],
    profile: [StatedAddress] = [], profileReadAt: Timestamp? = nil,
    webFinger: Heard<[StatedAddress]> = .nothing(.notAsked),
    records: Heard<DomainOffer> = .nothing(.notAsked)
  ) {
    self.handle = handle
    self.domain = domain
    self.switchedOn = switchedOn
    self.profile = profile
    self.profileReadAt = profileReadAt
    self.webFinger = webFinger
    self.records = records
  }
}

extension ReachabilityEvidence {
  /// The first that holds:
  /// 1. a handle of this domain: what the ledger says;
  /// 2. calls to others: not yet, since those of this site stay within it;
  /// 3. an address that the profile states, then one that WebFinger states: what a person wrote by hand comes before what
  ///    a server generates;
  /// 4. what DNS says of the handle's domain.
  ///
  /// A stated address of this domain counts for nothing: nobody else's page vouches for a member here, who might know
  /// nothing of it.
  public func reachability(by service: Service) -> Reachability {
    if handle.domain == domain {
      return switchedOn.contains(service)
        ? Reachability(.here, address: handle) : Reachability(.notHere)
    }
    guard service == .xmpp else { return Reachability(.none(.notYetHere)) }
    if let stated = profile.first(where: counts) {
      return Reachability(.stated(by: .profile), address: stated.address, checkedAt: profileReadAt)
    }
    if case .answer(let statements, let at) = webFinger, let stated = statements.first(where: counts) {
      return Reachability(.stated(by: .webFinger), address: stated.address, checkedAt: at)
    }
    return switch records {
    case .answer(.offered, let at): Reachability(.records, address: handle, checkedAt: at)
    case .answer(.refused, let at): Reachability(.none(.refused), checkedAt: at)
    case .answer(.unannounced, let at): Reachability(.none(.noRecords), checkedAt: at)
    case .nothing(let why): Reachability(.unknown(why))
    }
  }

  private func counts(_ stated: StatedAddress) -> Bool {
    stated.service == .xmpp && stated.address.domain != domain
  }
}

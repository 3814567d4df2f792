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
  /// What is switched on at addresses of this domain; nothing at those that are missing.
  public var switchedOn: [Address: Set<Service>]
  /// What the account's profile states, in its order.
  public var profile: [StatedAddress]
  /// When the profile was read.
  public var profileReadAt: Timestamp?
  /// What the account's own server states about it.
  public var webFinger: Heard<[StatedAddress]>
  /// What DNS says of chat at the handle's domain.
  public var records: Heard<DomainOffer>

  public init(
    handle: Address, domain: String, switchedOn: [Address: Set<Service>] = [:],
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
  /// 2. an address that the profile states, then one that WebFinger states: what a person wrote by hand comes before what
  ///    a server generates;
  /// 3. chat: what DNS says of the handle's domain;
  /// 4. calls: not yet, since those of this site stay within it.
  ///
  /// A stated address of this domain counts only if the service is switched on there; an address elsewhere is never one
  /// for calls.
  public func reachability(by service: Service) -> Reachability {
    if handle.domain == domain {
      return isOn(service, at: handle)
        ? Reachability(.here, address: handle) : Reachability(.notHere)
    }
    if let stated = profile.first(where: { counts($0, for: service) }) {
      return Reachability(.stated(by: .profile), address: stated.address, checkedAt: profileReadAt)
    }
    if case .answer(let statements, let at) = webFinger,
      let stated = statements.first(where: { counts($0, for: service) })
    {
      return Reachability(.stated(by: .webFinger), address: stated.address, checkedAt: at)
    }
    guard service == .xmpp else { return Reachability(.none(.notYetHere)) }
    return switch records {
    case .answer(.offered, let at): Reachability(.records, address: handle, checkedAt: at)
    case .answer(.refused, let at): Reachability(.none(.refused), checkedAt: at)
    case .answer(.unannounced, let at): Reachability(.none(.noRecords), checkedAt: at)
    case .nothing(let why): Reachability(.unknown(why))
    }
  }

  private func counts(_ stated: StatedAddress, for service: Service) -> Bool {
    guard stated.service == service else { return false }
    if stated.address.domain == domain { return isOn(service, at: stated.address) }
    return service == .xmpp
  }

  private func isOn(_ service: Service, at address: Address) -> Bool {
    switchedOn[address]?.contains(service) ?? false
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import Discovery
import Storage

extension Accounts {
  /// Whether these people of a member's can be reached by chat and by calls, from what is known already; what is not, or is
  /// old, is looked up later, without anybody waiting for it.
  ///
  /// Of a handle of this domain the ledger decides, and nothing is asked anywhere: any member who is signed in can learn
  /// whether somebody here has a service switched on, as by writing to them. “Switched off”, “nobody by that name” and “out”
  /// are not told apart.
  ///
  /// - Throws: ``AccountsError`` `noSuchAccount`.
  public func reachability(of people: [Person], for id: Account.ID) async throws -> ReachabilityReport {
    let subjects = people.map { Subject(handle: $0.address, profile: $0.stated) }
    return try await report(for: id) { reader in
      (subjects, try reader.relationsRecord(of: id).peopleAt)
    }
  }

  /// The same for addresses: contacts, and whoever has written. An address that one of the member's people states is that
  /// person's, and verified.
  public func reachability(of addresses: [Address], for id: Account.ID) async throws -> ReachabilityReport {
    try await report(for: id) { reader in
      let stated = try reader.chatAddresses(statedByPeopleOf: id)
      let subjects = try addresses.map { address in
        let own = try reader.person(at: address, of: id)?.stated ?? []
        let itself = [StatedAddress(service: .xmpp, address: address)]
        return switch stated[address] {
        case .profile: Subject(handle: address, profile: itself + own)
        case .webFinger(let at): Subject(handle: address, profile: own, webFinger: .answer(itself, at: at))
        case nil: Subject(handle: address, profile: own)
        }
      }
      return (subjects, try reader.relationsRecord(of: id).peopleAt)
    }
  }

  private struct Subject: Sendable {
    let handle: Address
    let profile: [StatedAddress]
    /// What the server of whoever states the address says; `nil` to go by what was heard about the handle.
    var webFinger: ReachabilityEvidence.Heard<[StatedAddress]>?
  }

  private func report(
    for id: Account.ID, _ subjects: @Sendable @escaping (LedgerReader) throws -> ([Subject], Timestamp?)
  ) async throws -> ReachabilityReport {
    let now = clock()
    let (evidence, wanted) = try await ledger.read { [rules] reader in
      _ = try requireAccount(id, reader)
      let (subjects, readAt) = try subjects(reader)
      return try gather(subjects, readAt: readAt, rules: rules, at: now, reader)
    }
    let wishes = lookups?.wish(wanted, by: id, at: now) ?? [:]
    let found = evidence.reduce(into: [Address: [Service: Reachability]]()) { found, evidence in
      let settled = settle(evidence, wishes)
      found[evidence.handle] = Dictionary(
        uniqueKeysWithValues: Service.allCases.map { ($0, settled.reachability(by: $0)) })
    }
    return ReachabilityReport(found, isComplete: wishes.isEmpty)
  }

  /// What the ledger knows, and what should be asked elsewhere, each once.
  private func gather(
    _ subjects: [Subject], readAt: Timestamp?, rules: Rules, at now: Timestamp, _ reader: LedgerReader
  ) throws -> ([ReachabilityEvidence], [Inquiry]) {
    let elsewhere = subjects.map(\.handle).filter { $0.domain != rules.domain }
    let domains = try reader.domainFindings(of: Array(Set(elsewhere.map(\.domain))))
    let addresses = try reader.addressFindings(of: Array(Set(elsewhere)))
    var wanted: [Inquiry] = []
    var isWanted: Set<Inquiry> = []
    let evidence = try subjects.map { subject in
      let handle = subject.handle
      var evidence = ReachabilityEvidence(
        handle: handle, domain: rules.domain, profile: subject.profile, profileReadAt: readAt)
      guard handle.domain != rules.domain else {
        evidence.switchedOn = try switchedOn(at: handle, rules: rules, reader)
        return evidence
      }
      let domain = domains[handle.domain] ?? .new
      let address = addresses[handle] ?? .new
      evidence.records = heard(domain, about: handle)
      evidence.webFinger =
        subject.webFinger ?? (handle.local == nil ? .nothing(.notPublic) : heard(address, about: handle))
      // Whoever states an address is believed; there is no reason to tell anybody that we wonder.
      if subject.webFinger != nil { return evidence }
      if case .stated(by: .profile) = evidence.reachability(by: .xmpp).finding { return evidence }
      guard let lookups, lookups.ways.mayAsk(handle.domain) else { return evidence }
      if domain.isDue(at: now), isWanted.insert(.records(handle.domain)).inserted {
        wanted.append(.records(handle.domain))
      }
      if handle.local != nil, address.isDue(at: now), isWanted.insert(.statements(handle)).inserted {
        wanted.append(.statements(handle))
      }
      return evidence
    }
    return (evidence, wanted)
  }

  private func heard<Answer>(
    _ finding: Finding<Answer>, about handle: Address
  ) -> ReachabilityEvidence.Heard<Answer> {
    if let answer = finding.answer, let at = finding.answeredAt { return .answer(answer, at: at) }
    guard let lookups else { return .nothing(.switchedOff) }
    guard lookups.ways.mayAsk(handle.domain) else { return .nothing(.notPublic) }
    return .nothing(finding.failures > 0 ? .noAnswer : .notAsked)
  }

  /// Says “later” of what could not be asked for now.
  private func settle(
    _ evidence: ReachabilityEvidence, _ wishes: [Inquiry: LookupQueue.Wish]
  ) -> ReachabilityEvidence {
    guard wishes[.records(evidence.handle.domain)] == .refused, case .nothing = evidence.records else {
      return evidence
    }
    var evidence = evidence
    evidence.records = .nothing(.limited)
    return evidence
  }

  private func switchedOn(
    at handle: Address, rules: Rules, _ reader: LedgerReader
  ) throws -> Set<Service> {
    guard let name = handle.name(at: rules.domain), let account = try reader.account(named: name) else {
      return []
    }
    return try rules.services.filter { service in
      guard account.mayUse(service) else { return false }
      // Messages wait for a device; calls do not.
      return switch service {
      case .xmpp: try !reader.scramParameters(of: account.id).isEmpty
      case .sip: try !reader.digests(of: account.id).isEmpty
      }
    }
  }

  /// Makes one look-up and keeps what came of it; none if it was made a moment ago.
  func lookUp(_ inquiry: Inquiry) async throws {
    guard let lookups else { return }
    let asked = clock()
    let isDue = try await ledger.read { reader in
      switch inquiry {
      case .records(let domain): try reader.domainFindings(of: [domain])[domain]?.isDue(at: asked) ?? true
      case .statements(let address):
        try reader.addressFindings(of: [address])[address]?.isDue(at: asked) ?? true
      }
    }
    guard isDue else { return }
    // One that the end of the daemon has cut says nothing about who was asked.
    switch inquiry {
    case .records(let domain):
      let offer = await lookups.ways.offer(domain)
      if offer == nil { try Task.checkCancellation() }
      let now = clock()
      try await ledger.write { writer in
        var finding = try writer.reader.domainFindings(of: [domain])[domain] ?? .new
        if let offer {
          finding.hear(offer, life: offer == .offered ? FindingLife.good : FindingLife.negative, at: now)
        } else {
          finding.fail(at: now)
        }
        try writer.setFinding(finding, ofDomain: domain)
      }
    case .statements(let address):
      let answer = await lookups.ways.statements(address)
      if case .failed = answer { try Task.checkCancellation() }
      let now = clock()
      try await ledger.write { writer in
        var finding = try writer.reader.addressFindings(of: [address])[address] ?? .new
        let before = Set(finding.answer ?? [])
        switch answer {
        case .states(let stated): finding.hear(stated, life: FindingLife.good, at: now)
        case .nobody: finding.hear([], life: FindingLife.negative, at: now)
        case .failed: finding.fail(at: now)
        }
        try writer.setFinding(finding, of: address)
        // Whom they follow is let through at the addresses that are known to be theirs.
        guard Set(finding.answer ?? []) != before else { return }
        for name in try writer.reader.members(following: address) { try writer.post(name, at: now) }
      }
    }
  }

  /// How many findings of each kind are kept, and for how long after it would have been time to ask again, in seconds.
  static let mostFindings = 100_000
  static let findingsLife: Int64 = 30 * 86_400

  func pruneFindings() async throws {
    let moment = clock() + -Self.findingsLife
    try await ledger.write { try $0.pruneFindings(dueBefore: moment, keeping: Self.mostFindings) }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// Whose standing is asked for, and how to read the answers. Pure: no clock, no network.
public struct StandingQuestion: Sendable, Equatable {
  /// The home server's id of the account.
  public let id: String
  /// The name under which we know it, in lower case.
  public let username: String
  /// Whether a refused token can mean nothing but a token that was taken back
  /// (``Capability/tellsSuspensionApart``). Where it can also mean a suspension (GoToSocial), a member whose
  /// token is refused is out until the next sign-in.
  public let refusalIsRevocation: Bool

  public init(id: String, username: String, refusalIsRevocation: Bool) {
    self.id = id
    self.username = username.lowercased()
    self.refusalIsRevocation = refusalIsRevocation
  }

  public init(id: String, username: String, _ discovery: Discovery) {
    self.init(
      id: id, username: username, refusalIsRevocation: discovery.capabilities.contains(.tellsSuspensionApart))
  }

  /// Weighs the evidence. When answers differ, the one that shuts out counts, since the next look mends it;
  /// silence and outages never count.
  /// - Parameter evidence: may hold earlier answers too: missing by name counts only when seen twice.
  public func judge(_ evidence: [StandingEvidence]) -> StandingVerdict {
    let own = evidence.compactMap { item -> StandingEvidence.Seen? in
      if case .account(let seen) = item.answer, seen.id == id { seen } else { nil }
    }
    let stranger = evidence.compactMap { item -> StandingEvidence.Seen? in
      if item.source == .publicName, case .account(let seen) = item.answer, seen.id != id {
        seen
      } else {
        nil
      }
    }.last
    // By id or token, another id is no answer to what was asked.
    let isAstray = evidence.contains { item in
      if item.source != .publicName, case .account(let seen) = item.answer { seen.id != id } else { false }
    }
    func has(_ answer: StandingEvidence.Answer) -> Bool { evidence.contains { $0.answer == answer } }
    func count(_ source: StandingEvidence.Source, _ answer: StandingEvidence.Answer) -> Int {
      evidence.count { $0.source == source && $0.answer == answer }
    }

    if isAstray { return .unknown(.contradiction) }
    if let stranger {
      // Both cannot have the name; the lookup may have seen a rename that the other answer is older than.
      return own.contains { $0.username == username }
        ? .unknown(.contradiction) : .reowned(newID: stranger.id)
    }
    // Mastodon hides by id, and not by name, who waits for approval: its word about the login settles that.
    if has(.loginPending), !own.contains(where: \.isSuspended) { return .pending }
    let missing = count(.publicID, .unknownAccount) + count(.admin, .unknownAccount)
    if own.isEmpty {
      if missing > 0 { return .deleted }
      if count(.publicName, .unknownAccount) > 1 { return .deleted }
    } else if missing > 0 {
      // What Mastodon leaves of a deleted account: by id nothing, by name a suspended stub that keeps the name taken.
      return own.contains(where: \.isSuspended) ? .deleted : .unknown(.contradiction)
    }
    if own.contains(where: \.isSuspended) { return .suspended }
    if own.contains(where: { $0.isDisabled == true }) || has(.loginDisabled) { return .frozen }
    if own.contains(where: { $0.isApproved == false || $0.isConfirmed == false }) || has(.loginPending) {
      return .pending
    }
    let refused = has(.tokenRefused)
    if refused, !refusalIsRevocation, !evidence.contains(where: \.isModeratorsWord) { return .frozen }
    if let seen = own.last { return seen.username == username ? .active : .renamed(to: seen.username) }
    if refused { return .unknown(.tokenRefused) }
    if has(.unknownAccount) { return .unknown(.missingOnce) }
    return .unknown(.silence(evidence.lazy.compactMap(\.silence).first))
  }
}

extension StandingEvidence {
  fileprivate var isModeratorsWord: Bool {
    if source == .admin, case .account = answer { true } else { false }
  }
  fileprivate var silence: HomeServerError.Code? {
    if case .silence(let code) = answer { code } else { nil }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// Whether somebody can be reached by one service, at which address, how that is known, and whether it is verified that
/// the address is theirs.
///
/// An equal name is not the same person: that a domain has chat does not say that its `bob` is the `bob` who is known from
/// Mastodon. Only what that account's own pages state is verified.
public struct Reachability: Sendable, Hashable {
  public enum Finding: Sendable, Hashable {
    /// A member here who has the service switched on.
    case here
    /// An address of this domain, and nobody has the service switched on there. Whether there is such a member is not said.
    case notHere
    /// The account's own page names the address.
    case stated(by: Statement)
    /// The server of their domain has the service; the address is assumed to be equal to the handle.
    case records
    case none(Absence)
    case unknown(Ignorance)
  }

  /// Where an account states an address.
  public enum Statement: String, Sendable, CaseIterable {
    /// In the fields of its profile, as the home server shows them.
    case profile
    /// In what its own server answers about it (RFC 7033).
    case webFinger
  }

  /// Why somebody cannot be reached.
  public enum Absence: String, Sendable, CaseIterable {
    /// DNS names no server of their domain for the service.
    case noRecords
    /// DNS says that their domain decidedly does not have it (RFC 2782: the target “.”).
    case refused
    /// Calls of this site stay within it so far.
    case notYetHere
  }

  /// Why it is not known.
  public enum Ignorance: String, Sendable, CaseIterable {
    /// Not asked yet; a look-up waits or is under way.
    case notAsked
    /// Asked, without an answer that can be used; it is tried again by and by.
    case noAnswer
    /// Not asked, since too much was asked in a short time; whoever asks later gets on.
    case limited
    /// Not asked, since the admin has switched look-ups off.
    case switchedOff
    /// Never asked: the domain is no name of the public DNS.
    case notPublic
  }

  public let finding: Finding
  /// Where to write to or to call; `nil` for whoever cannot be reached.
  public let address: Address?
  /// When the answer that counts was heard; `nil` for what this site knows itself, and for what was never answered.
  public let checkedAt: Timestamp?

  public init(_ finding: Finding, address: Address? = nil, checkedAt: Timestamp? = nil) {
    self.finding = finding
    self.address = address
    self.checkedAt = checkedAt
  }

  /// Whether there is somewhere to write to or to call. Someone may still not want to be reached.
  public var canBeReached: Bool { address != nil }

  /// Whether the address is known to belong to the account: it is a member's own here, or the account states it.
  public var isVerified: Bool {
    switch finding {
    case .here, .stated: true
    case .notHere, .records, .none, .unknown: false
    }
  }
}

/// What the DNS of a domain says about a service.
public enum DomainOffer: String, Sendable, CaseIterable {
  /// It names a server.
  case offered
  /// It says that there is none (RFC 2782: the target “.”).
  case refused
  /// It says nothing about the service.
  case unannounced
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

/// One answer to the question how a member stands with the home server.
public struct StandingEvidence: Sendable, Equatable {
  public let source: Source
  public let answer: Answer

  public init(_ source: Source, _ answer: Answer) {
    self.source = source
    self.answer = answer
  }

  /// Who was asked what.
  public enum Source: String, Sendable, Hashable {
    /// The account's public entry, by id.
    case publicID
    /// The account's public entry, by name.
    case publicName
    /// `verify_credentials` with the member's own token.
    case memberToken
    /// The moderators' entry, by id, with an admin's token.
    case admin
  }

  public enum Answer: Sendable, Equatable {
    case account(Seen)
    /// In the API's own words: no such account (404, 410).
    case unknownAccount
    /// 401 on a token that was good once.
    case tokenRefused
    case loginDisabled
    case loginPending
    /// Nothing that says anything about the member: an outage, a token without the right, a server that tells
    /// nobody.
    case silence(HomeServerError.Code)
  }

  /// What was seen of an account.
  public struct Seen: Sendable, Equatable {
    public let id: String
    /// As the server wrote it, in lower case; may be a name that we do not serve.
    public let username: String
    public let isSuspended: Bool
    /// Known to moderators, and to everybody of an account that has moved; else `nil`.
    public let isDisabled: Bool?
    /// These are for moderators only; `nil` elsewhere.
    public let isApproved: Bool?
    public let isConfirmed: Bool?

    public init(
      id: String, username: String, isSuspended: Bool = false, isDisabled: Bool? = nil,
      isApproved: Bool? = nil,
      isConfirmed: Bool? = nil
    ) {
      self.id = id
      self.username = username.lowercased()
      self.isSuspended = isSuspended
      self.isDisabled = isDisabled
      self.isApproved = isApproved
      self.isConfirmed = isConfirmed
    }
  }

  /// What a failed request says of the member. Only the home server's own words about the account count.
  init(_ source: Source, failure: HomeServerError) {
    switch (failure.code, source) {
    case (.notFound, .publicID), (.notFound, .publicName), (.notFound, .admin):
      self.init(source, .unknownAccount)
    case (.tokenRevoked, .memberToken): self.init(source, .tokenRefused)
    case (.loginDisabled, .memberToken): self.init(source, .loginDisabled)
    case (.loginPending, .memberToken): self.init(source, .loginPending)
    default: self.init(source, .silence(failure.code))
    }
  }
}

/// How a member stands, as far as the evidence goes.
public enum StandingVerdict: Sendable, Equatable {
  case active
  case suspended
  /// The login is disabled, or may be: see ``Doubt``'s sibling ``Capability/tellsSuspensionApart``.
  case frozen
  case pending
  case deleted
  case renamed(to: String)
  /// The name belongs to another account now.
  case reowned(newID: String)
  /// Nothing is known: keep what was known before.
  case unknown(Doubt)

  public enum Doubt: Sendable, Equatable {
    /// Nobody gave an answer that says anything.
    case silence(HomeServerError.Code?)
    /// The member's token is refused, and there is no other way to ask: the next sign-in will tell.
    case tokenRefused
    /// Missing once, by name only: ask again before believing it.
    case missingOnce
    /// The answers contradict each other: ask again.
    case contradiction
  }

  /// In the directory's words; `nil` for unknown, which changes nothing.
  public var standing: Standing? {
    switch self {
    case .active: .active
    case .suspended: .suspended
    case .frozen: .frozen
    case .pending: .pending
    case .deleted: .deleted
    case .renamed: .renamed
    case .reowned: .displaced
    case .unknown: nil
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
public import HomeServer

/// What a member is shown before somebody is reported to the home server's moderators.
public struct ReportDraft: Sendable, Equatable {
  /// Whom moderators know the sender as.
  public enum Subject: Sendable, Equatable {
    case account(ReportedAccount)
    /// The home server knows no account that could be meant.
    case unknown
    /// It cannot be asked before the member has signed in there once more.
    case notAsked
  }

  public let request: MessageRequest
  public let subject: Subject
  /// Whether the member has allowed a report; else a sign-in does (``Accounts/beginSignIn(returnTo:again:toReport:)``).
  public let isAllowed: Bool
}

/// The account that a report is about.
public struct ReportedAccount: Sendable, Equatable {
  /// The home server's id.
  public let id: String
  public let handle: Address
  /// Whether it is known that the address that wrote is this account's. If not, the two only have the same name.
  public let isVerified: Bool
  /// Whether it is an account of another server, whose moderators can be told too.
  public let isElsewhere: Bool
}

/// What a member wants the moderators to be told.
public struct MemberReport: Sendable, Equatable {
  public var sender: Address
  /// The home server's id of the account that the member was shown.
  public var account: String
  /// At most `Report.longestComment` characters, quoted messages among them.
  public var comment: String
  public var category: Report.Category
  public var isForwarded: Bool
  /// Whether the sender is blocked afterwards, in chat and for calls.
  public var blocks: Bool

  public init(
    sender: Address, account: String, comment: String, category: Report.Category, isForwarded: Bool,
    blocks: Bool
  ) {
    self.sender = sender
    self.account = account
    self.comment = comment
    self.category = category
    self.isForwarded = isForwarded
    self.blocks = blocks
  }
}

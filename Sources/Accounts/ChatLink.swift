// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
public import Storage

/// What is asked of the chat server while it runs: rosters, requests, who sees whom. Logins and policies never need it.
///
/// Every question may throw a ``ChatLinkError``; of a change it is then not known whether it was done, so each may be
/// asked for twice.
public protocol ChatLink: Sendable {
  /// Whether the chat server can be asked now; else why not, in one plain sentence.
  func state() async -> ChatLinkState
  /// Yields whenever it is worth to ask for changes: the link has come back, or the chat server says so. What was not
  /// taken yet is dropped for what is newer.
  func hints() async -> AsyncStream<Void>

  /// The names whose contacts, blocks or requests have changed since then.
  func changes(after mark: JournalMark?) async throws -> JournalPage
  /// Contacts, who is asking, and what was blocked in apps.
  func book(of name: Name) async throws -> ContactBook
  func perform(_ act: ContactAct, _ address: Address, of name: Name) async throws
  /// First messages that wait for the member's decision.
  func messageRequests(of name: Name) async throws -> [MessageRequest]
  /// Lets a sender through, or drops what they wrote and will write.
  func answer(_ sender: Address, accept: Bool, of name: Name) async throws
  /// Who sees what of the member at this moment.
  func whatIsSeen(of name: Name) async throws -> Sight
  /// Tells the member something in the server's name.
  func tell(_ name: Name, _ text: String) async throws
  /// Tells the member of a call that they missed, in a message that their apps can tell from others and that has the same id
  /// however often it is sent.
  func tell(_ name: Name, missed call: MissedCall, isLate: Bool, _ text: String) async throws
}

public enum ChatLinkState: Sendable, Equatable {
  case connected(since: Timestamp)
  case lost(cause: String)
}

/// Why the chat server could not be asked.
public struct ChatLinkError: Error, Sendable, Equatable {
  public enum Code: String, Sendable {
    /// It cannot be reached now. Try again later.
    case unavailable
    /// It says that there is no such member or no such thing.
    case notFound
    /// It does not want to. Trying again is of no use.
    case refused
  }

  public let code: Code
  public let cause: String

  public init(_ code: Code, cause: String) {
    self.code = code
    self.cause = cause
  }
}

/// A page of the chat server's journal.
public struct JournalPage: Sendable, Equatable {
  /// Whose contacts changed; `nil`: look at everybody.
  public let names: [Name]?
  public let mark: JournalMark
  public let hasMore: Bool

  public init(names: [Name]?, mark: JournalMark, hasMore: Bool) {
    self.names = names
    self.mark = mark
    self.hasMore = hasMore
  }
}

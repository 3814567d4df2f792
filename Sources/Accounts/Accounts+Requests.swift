// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import Engines
import Logging
import Storage

extension Accounts {
  /// First messages that wait for the member's decision. Their senders do not learn that they were read.
  /// - Throws: ``AccountsError`` `chatServerAway`.
  public func messageRequests(of id: Account.ID) async throws -> [MessageRequest] {
    let account = try await self.account(id)
    guard account.mayUse(.xmpp) else { return [] }
    do {
      return try await asking { try await $0.messageRequests(of: account.name) }
    } catch let error as AccountsError where error.code == .noSuchContact {
      // The chat server knows only members who have had an app.
      return []
    }
  }

  /// Lets a sender through: what waits is delivered, and they may write from now on. Or refuses them: what waits is
  /// dropped, and what they write later too. The sender learns of neither.
  /// - Throws: ``AccountsError`` `chatServerAway`, `noSuchContact`.
  public func answer(
    request sender: Address, accept: Bool, of id: Account.ID, by author: Author
  ) async throws {
    let account = try await self.account(id)
    if let refusal = AccountsError.refusal(of: account) { throw refusal }
    try await asking { try await $0.answer(sender, accept: accept, of: account.name) }
    let now = clock()
    try await ledger.write { writer in
      try writer.record(
        AuditEntry(
          at: now, actor: author.rawValue, action: accept ? "request.accepted" : "request.refused",
          account: account.handle.description))
    }
  }

  /// Calls that did not ring, the latest first; empty where nothing is known.
  public func quietCalls(of id: Account.ID) async throws -> [QuietCall] {
    let account = try await self.account(id)
    return (try? await observations.calls?.quietCalls(to: account.name, at: rules.domain, limit: 50)) ?? []
  }

  func asking<Value: Sendable>(_ body: (any ChatLink) async throws -> Value) async throws -> Value {
    guard let link else { throw AccountsError.chatServerAway }
    do {
      return try await body(link)
    } catch let error as ChatLinkError {
      if error.code == .notFound { throw AccountsError.noSuchContact }
      log.warning("chat server not asked", metadata: ["cause": "\(error.cause)"])
      throw AccountsError.chatServerAway
    }
  }
}

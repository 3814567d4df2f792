// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import Storage

extension Accounts {
  /// As many calls one member's history has at most; the oldest go.
  static let longestHistory = 1_000

  /// The most that ``callHistory(of:before:limit:)`` gives at once.
  public static var historyPage: Int { 200 }

  /// Calls that the member made, took and missed, the latest first.
  ///
  /// - Parameter before: only those that come after this one in that order.
  /// - Throws: ``AccountsError`` `noSuchCall` if `before` is none of the member's.
  public func callHistory(
    of id: Account.ID, before: CallID? = nil, limit: Int = historyPage
  ) async throws -> [HistoryCall] {
    try await ledger.read { [rules] reader in
      _ = try requireAccount(id, reader)
      guard let calls = try reader.callHistory(of: id, before: before, limit: min(limit, Self.historyPage))
      else { throw AccountsError.noSuchCall }
      var names: [Address: String] = [:]
      return try calls.map { call in
        // Whoever is known from the home server is called as there.
        let address = call.other.address(at: rules.domain)
        let known = try names[address] ?? reader.person(at: address, of: id)?.displayName ?? ""
        names[address] = known
        var call = call
        if !known.isEmpty { call.displayName = known }
        return call
      }
    }
  }

  /// Writes down a call that the call server knows nothing of, as the member's own client tells it: one over chat, or one to another domain. It
  /// stands in this member's history alone. One that stands there already stays as it is; what is too old to be kept, or from the future, is not.
  ///
  /// - Throws: ``AccountsError`` `badChoice`.
  public func note(_ call: HistoryCall, of id: Account.ID) async throws {
    let now = clock()
    try await ledger.write { [rules] writer in
      let account = try requireAccount(id, writer.reader)
      guard call.isSound, call.other != .member(account.name) else { throw AccountsError.badCall }
      guard rules.callHistoryDays > 0, account.services.contains(.sip),
        (-300..<Int64(rules.callHistoryDays) * 86_400).contains(now - call.at)
      else { return }
      // As with the call server's: the entry of a call in vain must not depend on whether there is anybody of that name.
      var other: Account.ID?
      if case .member(let name) = call.other, call.outcome != .unanswered {
        other = try writer.reader.account(named: name)?.id
      }
      try writer.addToHistory(call, of: id, with: other, keeping: Self.longestHistory)
    }
  }

  /// Takes one call out of the member's history. The other side keeps it in theirs.
  /// - Throws: ``AccountsError`` `noSuchCall`.
  public func removeCall(_ call: CallID, of id: Account.ID, by author: Author) async throws {
    let now = clock()
    try await ledger.write { writer in
      let account = try requireAccount(id, writer.reader)
      guard try writer.removeFromHistory(call, of: id) else { throw AccountsError.noSuchCall }
      try writer.record(
        AuditEntry(
          at: now, actor: author.rawValue, action: "call.forgotten", account: account.handle.description))
    }
  }

  /// Takes all calls out of the member's history. The other sides keep them in theirs.
  public func clearCalls(of id: Account.ID, by author: Author) async throws {
    let now = clock()
    try await ledger.write { writer in
      let account = try requireAccount(id, writer.reader)
      try writer.clearHistory(of: id)
      try writer.record(
        AuditEntry(
          at: now, actor: author.rawValue, action: "calls.forgotten", account: account.handle.description))
    }
  }

  /// What a member who missed a call is told; `nil` without words for it.
  func notice(of call: MissedCall) async throws -> String? {
    let name = try await ledger.read { [rules] reader in
      try call.caller.name(at: rules.domain).flatMap { try reader.account(named: $0) }?.displayName ?? ""
    }.shownName()
    let text = words.text(for: name.isEmpty ? "call.missed_unnamed" : "call.missed")
    return text?.replacing("{address}", with: call.caller.description).replacing(
      "{name}", with: name.isolated)
  }
}

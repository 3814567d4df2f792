// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Engines
import Logging
public import ServiceLifecycle
import Storage

/// The daemon's service that reads which calls have ended, writes them into the histories of both sides, and has members told of
/// those they missed. Kamailio writes them into a file of its own; what comes while the daemon is down is read later.
public struct EndedCallsFollower: ServiceLifecycle.Service {
  private let accounts: Accounts
  private let interval: Duration

  /// - Parameter interval: how often to ask the file system whether anybody has written to the file.
  public init(accounts: Accounts, interval: Duration = .seconds(1)) {
    self.accounts = accounts
    self.interval = interval
  }

  /// Every so many rounds the file is read although it looks the same: two writes at once can look like one.
  private static let roundsUnlooked = 30

  public func run() async throws {
    guard let observations = accounts.observations.calls else { return try await gracefulShutdown() }
    var seen: String?
    var rounds = 0
    while !Task.isShuttingDownGracefully {
      // Asked before the file is read: what is written meanwhile is seen the next time.
      let stamp = observations.stamp()
      do {
        if rounds % Self.roundsUnlooked == 0 || stamp != seen {
          try await cancelWhenGracefulShutdown {
            while try await accounts.readEndedCalls() {}
          }
        }
        seen = stamp
      } catch is CancellationError {
        break
      } catch {
        seen = nil
        accounts.log.warning("ended calls not read", metadata: ["cause": "\(error)"])
      }
      rounds += 1
      try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
    }
  }
}

/// How much is known to have ended and was not read yet.
public struct EndedCallsMeasures: Sendable, Equatable {
  public let waiting: Int
  /// How long ago the one that waits longest ended, in seconds; 0 if none waits.
  public let lag: Int64
}

extension Accounts {
  /// After how long without being read ended calls count as late, in seconds.
  public static var endedCallsLate: Int64 { 60 }

  /// For how long is remembered that a call was read, in seconds: longer than Kamailio keeps it.
  static let endedCallsMemory: Int64 = 30 * 86_400

  /// - Returns: `nil` on a site without calls, or where Kamailio has not told anything yet.
  /// - Throws: if the file, or the ledger, cannot be read.
  public func endedCallsMeasures() async throws -> EndedCallsMeasures? {
    guard let observations = observations.calls else { return nil }
    let mark = try await ledger.read { try $0.endedCallsMark() }
    guard let lag = try await observations.endedCallsLag(after: mark) else { return nil }
    return EndedCallsMeasures(
      waiting: lag.waiting, lag: lag.oldest.map { max(0, clock() - $0) } ?? 0)
  }

  /// Reads what is new. A page and how far it goes are one transaction: after a crash each call was read or was not, and none is
  /// read twice, even if the file is replaced by an older one.
  ///
  /// - Returns: whether there is more.
  func readEndedCalls() async throws -> Bool {
    guard let observations = observations.calls else { return false }
    let mark = try await ledger.read { try $0.endedCallsMark() }
    guard let page = try await observations.endedCalls(after: mark, limit: 200), page.mark != mark else {
      return false
    }
    if page.unreadable > 0 {
      log.warning("ended calls that are none", metadata: ["count": "\(page.unreadable)"])
    }
    let now = clock()
    // A file that is new and empty is noted, too: that is no point at which a test of something else shall end us.
    let failPoints = page.calls.isEmpty ? FailPoints.none : failPoints
    try failPoints.reached(.beforeLedger)
    try await ledger.write { writer in
      for call in page.calls where try writer.noteRead(call.id, at: now) {
        try enter(call, writer, at: now)
      }
      try writer.setEndedCallsMark(page.mark)
      try failPoints.reached(.inLedger)
    }
    try failPoints.reached(.afterLedger)
    return page.hasMore
  }

  /// Writes a call down for whoever is still concerned.
  private func enter(_ call: EndedCall, _ writer: LedgerWriter, at now: Timestamp) throws {
    let caller = try party(call.caller, call, writer.reader)
    let callee = try party(call.callee, call, writer.reader)
    let days = rules.callHistoryDays
    let isKept = days > 0 && now - call.began < Int64(days) * 86_400
    func add(
      _ account: Account, _ other: Account?, _ direction: HistoryCall.Direction, _ outcome: CallOutcome
    ) throws {
      // Whoever has switched calls off has no history any more.
      guard isKept, account.services.contains(.sip) else { return }
      try writer.addToHistory(
        call, of: account.id, with: other?.id, direction, outcome, keeping: Self.longestHistory)
    }
    // Whom a member called in vain stands in their history in the same way whether there is anybody of that name or not.
    if let caller, call.callersOutcome == .unanswered || callee != nil {
      try add(caller, call.callersOutcome == .unanswered ? nil : callee, .outgoing, call.callersOutcome)
    }
    // Of a call to oneself, from one device to another, one side is enough.
    guard let caller, let callee, caller.id != callee.id, let outcome = call.calleesOutcome else { return }
    try add(callee, caller, .incoming, outcome)
    if outcome == .missed, callee.services.contains(.sip), callee.mayUse(.xmpp) {
      let missed = MissedCall(id: call.id, caller: Address(caller.handle), at: call.began)
      try writer.addErrand(missed, of: callee.id, at: now)
    }
  }

  /// Whoever owned the name when the call began; `nil` if they are gone.
  private func party(_ name: Name, _ call: EndedCall, _ reader: LedgerReader) throws -> Account? {
    guard let account = try reader.account(named: name), account.deletedAt == nil,
      account.createdAt <= call.began
    else { return nil }
    return account
  }
}

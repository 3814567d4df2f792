// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Engines
import Logging
import Metrics
public import ServiceLifecycle
import Storage

/// The daemon's service that keeps the projections level with the ledger, whoever changed that (the command line
/// too), that tries again what could not be written, and that ends deletions when the engines have done their part.
public struct ProjectionFollower: ServiceLifecycle.Service {
  private let accounts: Accounts
  private let interval: Duration

  /// - Parameter interval: how often to look.
  public init(accounts: Accounts, interval: Duration = .seconds(1)) {
    self.accounts = accounts
    self.interval = interval
  }

  public func run() async throws {
    let failures = Counter(label: "trunkline_projection_failures_total")
    var complained = false
    var rounds = 0
    while !Task.isShuttingDownGracefully {
      do {
        try await accounts.projections.followIfBehind()
        // Rarely is anything deleted or old.
        if rounds % 10 == 0 { try await accounts.finishPurges() }
        if rounds % 5 == 0 { try await accounts.endExpiredWebSessions() }
        if rounds % 5 == 0 { await accounts.endRelays(since: accounts.clock() + -Accounts.relayLife) }
        if rounds % 60 == 0 { try await accounts.tidy() }
        complained = false
      } catch {
        failures.increment()
        if !complained { accounts.log.error("projection behind", metadata: ["cause": "\(error)"]) }
        complained = true
      }
      rounds += 1
      try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
    }
  }
}

extension Accounts {
  /// Forgets what is over: ended sign-ins, and outbox entries that the projections have long followed.
  func tidy() async throws {
    let now = clock()
    let sequence = try await projections.follow()
    try await ledger.write { writer in
      try writer.removeExpiredSignIns(at: now)
      try writer.removeExpiredProvisionings(at: now)
      try writer.removeExpiredTickets(at: now)
      // The last ones stay: a projection that was restored from a moment ago can then catch up.
      try writer.trimOutbox(upTo: sequence - 1_000, before: now + -Self.relayLife)
      try writer.forgetErrands(before: now + -Self.errandMemory)
      try writer.forgetHistory(before: now + -Int64(rules.callHistoryDays) * 86_400)
      try writer.forgetRead(before: now + -Self.endedCallsMemory)
      try writer.forgetDevicesEnded(before: now + -Self.relayLife)
      try writer.forgetBrowsers(endedBefore: now + -Self.relayLife)
    }
  }
}

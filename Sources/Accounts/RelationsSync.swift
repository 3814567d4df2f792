// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import HomeServer
import Logging
import Metrics
public import ServiceLifecycle
import Storage

/// The daemon's service that takes over people, blocks and mutes of the members who let it, each once in ten minutes, and
/// the servers that the home server's admin has shut out. It also ends the readings that pages have begun, when the
/// daemon ends.
///
/// How old the oldest of these blocks are is a metric.
public struct RelationsSync: ServiceLifecycle.Service {
  private let accounts: Accounts
  private let tick: Duration

  public init(accounts: Accounts, tick: Duration = .seconds(5)) {
    self.accounts = accounts
    self.tick = tick
  }

  /// More than these are not begun: the home server is slow, or limits us.
  static let mostUnderWay = 40

  public func run() async throws {
    guard let reads = accounts.homeServer?.reads else { return }
    let lag = Gauge(label: "trunkline_relations_lag_seconds")
    while !Task.isShuttingDownGracefully {
      do {
        // Without waiting for as long as the home server may say: members' own blocks come after it.
        try await cancelWhenGracefulShutdown {
          try await accounts.readSiteBlocks(nil, limits: ListLimits(waits: 0))
        }
        let room = max(0, Self.mostUnderWay - (await reads.count))
        for id in try await accounts.relationsToRead(limit: room) {
          await accounts.beginRelations(
            of: id, unlessAskedWithin: Accounts.relationsInterval, withPeople: false)
        }
        let oldest = try await accounts.ledger.read { try $0.oldestBlocks() }
        lag.record(oldest.map { accounts.clock() - $0 } ?? 0)
      } catch is CancellationError {
        break
      } catch {
        accounts.log.warning("relations not read", metadata: ["cause": "\(error)"])
      }
      try? await cancelWhenGracefulShutdown { try await Task.sleep(for: tick) }
    }
    await reads.close()
  }
}

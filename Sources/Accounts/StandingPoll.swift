// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Logging
import Metrics
public import ServiceLifecycle
import Storage

/// The daemon's service that asks the home server about every account in turn.
///
/// Each account is asked about once in the poll interval, evenly spread, as far as the home server's limits allow;
/// the lag (how long ago the account that waits longest was asked about) is a metric.
public struct StandingPoll: ServiceLifecycle.Service {
  private let accounts: Accounts
  private let tick: Duration
  /// How many accounts are asked about in one tick at most.
  private let batch: Int

  public init(accounts: Accounts, tick: Duration = .seconds(5), batch: Int = 20) {
    self.accounts = accounts
    self.tick = tick
    self.batch = batch
  }

  public func run() async throws {
    let lag = Gauge(label: "trunkline_standing_lag_seconds")
    let checks = Counter(label: "trunkline_standing_checks_total")
    while !Task.isShuttingDownGracefully {
      do {
        for account in try await accounts.accountsToAsk(limit: batch) {
          guard !Task.isShuttingDownGracefully else { break }
          try await cancelWhenGracefulShutdown { _ = try await accounts.recheck(account) }
          checks.increment()
        }
        if let oldest = try await accounts.statistics().oldestCheck {
          lag.record(accounts.clock() - oldest)
        } else {
          lag.record(0)
        }
      } catch is CancellationError {
        break
      } catch {
        accounts.log.warning("standing not asked", metadata: ["cause": "\(error)"])
      }
      try? await cancelWhenGracefulShutdown { try await Task.sleep(for: tick) }
    }
  }
}

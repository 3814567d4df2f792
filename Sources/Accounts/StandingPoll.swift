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
  /// In seconds.
  private let tick: Int64

  public init(accounts: Accounts, tick: Int64 = 5) {
    self.accounts = accounts
    self.tick = tick
  }

  /// How many accounts are asked about in one tick: a little more than evenly spread, so that it comes round in time.
  static func batch(accounts: Int, tick: Int64, interval: Int64) -> Int {
    max(20, accounts * Int(tick) * 5 / (Int(interval) * 4))
  }

  public func run() async throws {
    let lag = Gauge(label: "trunkline_standing_lag_seconds")
    let checks = Counter(label: "trunkline_standing_checks_total")
    while !Task.isShuttingDownGracefully {
      do {
        let batch = Self.batch(
          accounts: try await accounts.statistics().accounts, tick: tick,
          interval: accounts.rules.pollInterval)
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
      try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(tick)) }
    }
  }
}

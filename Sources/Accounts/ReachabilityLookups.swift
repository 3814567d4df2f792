// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Discovery
import Logging
import Metrics
public import ServiceLifecycle

/// The daemon's service that makes the look-ups that pages want, a few at a time, and forgets old findings.
public struct ReachabilityLookups: ServiceLifecycle.Service {
  private let accounts: Accounts
  /// How often old findings are looked for, in seconds.
  private static let pruningInterval: Int64 = 3_600

  public init(accounts: Accounts) { self.accounts = accounts }

  public func run() async throws {
    guard let lookups = accounts.lookups else {
      try? await gracefulShutdown()
      return
    }
    let made = Counter(label: "trunkline_lookups_total")
    await withDiscardingTaskGroup { group in
      var prunedAt = Timestamp(seconds: 0)
      for await _ in lookups.bell.cancelOnGracefulShutdown() {
        while let inquiry = lookups.next() {
          group.addTask {
            do {
              try await accounts.lookUp(inquiry)
              made.increment()
            } catch is CancellationError {
            } catch {
              accounts.log.warning("finding not kept", metadata: ["cause": "\(error)"])
            }
            lookups.finish(inquiry)
          }
        }
        if accounts.clock() - prunedAt >= Self.pruningInterval {
          prunedAt = accounts.clock()
          group.addTask { await prune() }
        }
      }
      // In this order: what ends by the closing knows that it was cut.
      group.cancelAll()
      lookups.ways.close()
    }
  }

  private func prune() async {
    do { try await accounts.pruneFindings() } catch {
      accounts.log.warning("old findings not forgotten", metadata: ["cause": "\(error)"])
    }
  }
}

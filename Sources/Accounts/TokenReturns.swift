// SPDX-License-Identifier: AGPL-3.0-or-later

import Logging
public import ServiceLifecycle

/// The daemon's service that revokes, at the home server, the tokens that are out of use here.
public struct TokenReturns: ServiceLifecycle.Service {
  private let accounts: Accounts
  private let interval: Duration

  /// - Parameter interval: how often to look whether there is any.
  public init(accounts: Accounts, interval: Duration = .seconds(2)) {
    self.accounts = accounts
    self.interval = interval
  }

  public func run() async throws {
    while !Task.isShuttingDownGracefully {
      do {
        try await cancelWhenGracefulShutdown { try await accounts.returnTokens() }
      } catch is CancellationError {
        break
      } catch {
        accounts.log.warning("tokens not given back", metadata: ["cause": "\(error)"])
      }
      try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
    }
  }
}

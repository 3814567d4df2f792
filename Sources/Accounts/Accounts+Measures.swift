// SPDX-License-Identifier: AGPL-3.0-or-later

import Engines
import Storage

extension Accounts {
  /// The number of the latest change that all projections have.
  /// - Throws: `EngineError`.
  public func projectedSequence() async throws -> Int64 { try await projections.projectedSequence() }

  /// Whether the daemon is connected to the chat server, and how much it still has to tell it; `nil` where there is no link.
  public func linkMeasures() async throws -> (isConnected: Bool, waiting: Int)? {
    guard let link else { return nil }
    var isConnected = false
    if case .connected = await link.state() { isConnected = true }
    return (isConnected, try await ledger.read { try $0.errandsWaiting() })
  }

  /// How many devices the chat server has connected now.
  /// - Throws: if what the chat server writes down cannot be read.
  public func connectedDevices() async throws -> Int { try await observations.chat.online() }
}

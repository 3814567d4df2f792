// SPDX-License-Identifier: AGPL-3.0-or-later

import Engines

extension Accounts {
  /// The number of the latest change that all projections have.
  /// - Throws: `EngineError`.
  public func projectedSequence() async throws -> Int64 { try await projections.projectedSequence() }

  /// How many devices the chat server has connected now.
  /// - Throws: if what the chat server writes down cannot be read.
  public func connectedDevices() async throws -> Int { try await observations.chat.online() }
}

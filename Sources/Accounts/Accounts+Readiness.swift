// SPDX-License-Identifier: AGPL-3.0-or-later

import Engines
import Storage

/// What keeps the daemon from doing its work.
public enum ReadinessProblem: String, Sendable, CaseIterable {
  /// The ledger does not answer.
  case ledger
  /// The chat server's database is behind the ledger and cannot be written.
  case projection
}

extension Accounts {
  /// Whether changes can be made: the ledger answers, and the projection is level with it. One that is behind is
  /// brought up first, so that a change on its way is no problem.
  public func readinessProblems() async -> [ReadinessProblem] {
    do {
      _ = try await lastSequence()
    } catch {
      return [.ledger]
    }
    do {
      try await projector.followIfBehind()
      return []
    } catch {
      return [.projection]
    }
  }

  /// The number of the latest change that the projection has; `nil` before the first.
  public func projectedSequence() async -> Int64? { await projector.settled?.sequence }

  /// How many devices the chat server has connected now.
  /// - Throws: if what the chat server writes down cannot be read.
  public func connectedDevices() async throws -> Int { try await observations.online() }
}

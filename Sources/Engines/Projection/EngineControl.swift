// SPDX-License-Identifier: AGPL-3.0-or-later

/// How an engine that follows a projection is told to look at once. What it is told has no content: it reads the change
/// log, and would have read it within a second anyway.
public protocol EngineControl: Sendable {
  /// - Returns: how far the engine has followed, and how many streams, registrations and calls it ended.
  /// - Throws: ``EngineError`` `unreachable` or `notUnderstood`. A caller may go on.
  func follow() async throws(EngineError) -> (position: ProjectionPosition, ended: Int)
}

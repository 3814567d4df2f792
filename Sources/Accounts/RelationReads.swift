// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import HomeServer

/// The readings of members' people, blocks and mutes that are under way: one for each member, a few at a time.
actor RelationReads {
  private let most: Int
  private var running = 0
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var tasks: [Account.ID: Task<Void, any Error>] = [:]
  private var isClosed = false

  /// - Parameter most: how many at a time.
  init(most: Int = 4) { self.most = most }

  func isUnderWay(_ account: Account.ID) -> Bool { tasks[account] != nil }

  var count: Int { tasks.count }

  /// For lists that are read here: whoever has to wait for the home server lets others go on meanwhile.
  nonisolated var limits: ListLimits {
    var limits = ListLimits()
    limits.resting = { rest in try await self.resting(rest) }
    return limits
  }

  /// Hands the place on as long as `rest` takes. For who has one.
  func resting(_ rest: @Sendable () async throws -> Void) async throws {
    handOn()
    do { try await rest() } catch {
      await enter()
      throw error
    }
    await enter()
  }

  /// Begins a reading, unless one of this member is under way.
  func begin(_ account: Account.ID, _ body: @Sendable @escaping () async throws -> Void) {
    _ = task(account, body)
  }

  /// Begins a reading, or joins the one that is under way, and waits for its end.
  func join(_ account: Account.ID, _ body: @Sendable @escaping () async throws -> Void) async throws {
    try await task(account, body).value
  }

  /// Gives up all of them, and takes no more. What was read to its end is stored, of the rest nothing.
  func close() async {
    isClosed = true
    for task in tasks.values { task.cancel() }
    for task in tasks.values { _ = await task.result }
  }

  private func task(
    _ account: Account.ID, _ body: @Sendable @escaping () async throws -> Void
  ) -> Task<Void, any Error> {
    if let task = tasks[account] { return task }
    let isClosed = isClosed
    let task = Task {
      await enter()
      defer { leave(account) }
      if isClosed { throw CancellationError() }
      try Task.checkCancellation()
      try await body()
    }
    tasks[account] = task
    return task
  }

  private func enter() async {
    if running < most {
      running += 1
    } else {
      // Whoever leaves hands the place on.
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  private func leave(_ account: Account.ID) {
    tasks[account] = nil
    handOn()
  }

  private func handOn() {
    if waiting.isEmpty { running -= 1 } else { waiting.removeFirst().resume() }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// What became of webhooks, and those held back so that they can arrive late or in another order.
actor WebhookLog {
  /// One try.
  struct Attempt: Sendable, Equatable {
    let event: String
    let attempt: Int
    /// The status of the answer; nil when there was none.
    let status: Int?
  }

  private(set) var attempts: [Attempt] = []
  private(set) var held: [WebhookMessage] = []
  private(set) var isHolding = false

  func note(_ attempt: Attempt) {
    attempts.append(attempt)
    if attempts.count > 500 { attempts.removeFirst() }
  }

  func hold(_ holding: Bool) { isHolding = holding }

  /// Keeps a message back when holding.
  /// - Returns: whether it was kept.
  func keep(_ message: WebhookMessage) -> Bool {
    if isHolding { held.append(message) }
    return isHolding
  }

  /// Takes messages out of what is held, in the order of the given places; all, oldest first, without.
  func take(_ places: [Int]?) -> [WebhookMessage]? {
    let chosen = places ?? Array(held.indices)
    guard chosen.allSatisfy(held.indices.contains) else { return nil }
    let messages = chosen.map { held[$0] }
    held = held.indices.filter { !chosen.contains($0) }.map { held[$0] }
    return messages
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// Forms that were sent already; the last ten thousand of them.
actor SpentTokens {
  private static let limit = 10_000
  private var known: Set<String> = []
  private var order: [String] = []

  /// - Returns: whether it was unspent.
  func spend(_ token: String) -> Bool {
    guard known.insert(token).inserted else { return false }
    order.append(token)
    if order.count > Self.limit {
      for old in order.prefix(Self.limit / 2) { known.remove(old) }
      order.removeFirst(Self.limit / 2)
    }
    return true
  }

  /// What it was spent for did not happen.
  func release(_ token: String) {
    known.remove(token)
    order.removeAll { $0 == token }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// One page of a list, newest first, with the ids that its Link header is made of.
struct Page<Element: Sendable>: Sendable {
  let items: [Element]
  /// The id of the last item when there may be more; nil at the end.
  let older: Int?
  /// The id of the first item; nil on an empty page.
  let newer: Int?
}

extension SandboxWorld {
  /// The kinds of tie the control API can set.
  static let tieKinds: [String: any WritableKeyPath<SandboxWorld, [Tie]> & Sendable] = [
    "follows": \.follows, "blocks": \.blocks, "mutes": \.mutes,
  ]

  /// Ties one account to another; a second time changes no more than what a mute is for. A block ends both follows.
  /// - Parameter notifications: of a mute: whether it is for notifications, too; as Mastodon proposes if nothing is said.
  mutating func tie(
    _ from: String, _ to: String, _ kind: WritableKeyPath<SandboxWorld, [Tie]>, notifications: Bool? = nil
  ) {
    if let index = self[keyPath: kind].firstIndex(where: { $0.from == from && $0.to == to }) {
      if let notifications { self[keyPath: kind][index].notifications = notifications }
      return
    }
    let id = nextID()
    self[keyPath: kind].append(Tie(id: id, from: from, to: to, notifications: notifications))
    if kind == \.blocks {
      follows.removeAll { ($0.from == from && $0.to == to) || ($0.from == to && $0.to == from) }
    }
  }

  /// Unties; nothing happens when they are not tied.
  mutating func untie(_ from: String, _ to: String, _ kind: WritableKeyPath<SandboxWorld, [Tie]>) {
    self[keyPath: kind].removeAll { $0.from == from && $0.to == to }
  }

  /// Cuts one page from items with ids, as Mastodon's `paginate_by_max_id` does.
  static func page<Item: Sendable, Shown: Sendable>(
    _ items: [Item], id: (Item) -> Int, below maxID: Int?, above sinceID: Int?, limit: Int,
    shown: (Item) -> Shown?
  ) -> Page<Shown> {
    let cut = items.sorted { id($0) > id($1) }
      .filter { id($0) < maxID ?? .max && id($0) > sinceID ?? .min }
      .prefix(limit)
    return Page(
      items: cut.compactMap(shown), older: cut.count == limit ? cut.last.map(id) : nil,
      newer: cut.first.map(id))
  }
}

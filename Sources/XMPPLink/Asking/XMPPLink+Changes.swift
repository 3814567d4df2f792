// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory

extension XMPPLink {
  /// Whose contacts, blocks or waiting messages have changed since then.
  ///
  /// - Parameter position: nil if nothing was read yet: everybody has to be looked at.
  public func changes(after position: JournalPosition?) async throws(LinkError) -> LinkChanges {
    let content = try await askDomain(
      .get, "changes", ["epoch": position?.epoch ?? "", "after": String(position?.sequence ?? 0)])
    return try Self.changes(content)
  }

  static func changes(_ content: Element) throws(LinkError) -> LinkChanges {
    let epoch = try content.required("epoch")
    guard (1...128).contains(epoch.utf8.count) else { throw .notUnderstood("the “epoch” is none") }
    var names: [Name] = []
    for member in content.children("member", LinkNamespace.link) {
      let text = try member.required("name")
      // A user of the chat server that no member of ours can be.
      if let name = try? Name(text) { names.append(name) }
    }
    return LinkChanges(
      position: JournalPosition(epoch: epoch, sequence: try content.number("upto")), names: names,
      hasMore: try content.flag("more"), isEverybody: try content.flag("all"))
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import GRDB

extension ProjectionWriter {
  /// Makes the table `relations` say this of a name and nothing else. Writes only what differs: a member may have
  /// thousands, of which one has changed.
  ///
  /// - Parameter rows: flags, by peer.
  func put(_ rows: [String: String], of name: Name) throws {
    let found = try Row.fetchAll(
      database.cachedStatement(sql: "SELECT peer, flags FROM relations WHERE name = ?"),
      arguments: [name.text])
    let old = Dictionary(uniqueKeysWithValues: found.map { ($0["peer"] as String, $0["flags"] as String) })
    for peer in old.keys where rows[peer] == nil {
      try database.cachedStatement(sql: "DELETE FROM relations WHERE name = ? AND peer = ?").execute(
        arguments: [name.text, peer])
    }
    for (peer, flags) in rows where old[peer] != flags {
      try database.cachedStatement(
        sql: "INSERT OR REPLACE INTO relations (name, peer, flags) VALUES (?, ?, ?)"
      )
      .execute(arguments: [name.text, peer, flags])
    }
  }
}

extension [Peer: Relation] {
  /// As the table has them.
  var rows: [String: String] {
    [String: String](
      uniqueKeysWithValues: compactMap { peer, relation in
        relation.isEmpty ? nil : (peer.description, relation.flags)
      })
  }
}

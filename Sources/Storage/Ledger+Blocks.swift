// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import GRDB

extension LedgerReader {
  public func blocks(of account: Account.ID) throws -> Set<Block> {
    let rows = try Row.fetchAll(
      database, sql: "SELECT kind, target, origin FROM blocks WHERE account = ?", arguments: [account])
    return rows.reduce(into: []) { blocks, row in
      guard let origin = Block.Origin(rawValue: row["origin"]) else { return }
      let target: String = row["target"]
      blocks.insert(
        Block(target: row["kind"] == "domain" ? .domain(target) : .address(target), origin: origin))
    }
  }
}

extension LedgerWriter {
  /// Replaces the blocks of one origin, and no others.
  public func setBlocks(
    _ targets: Set<Block.Target>, from origin: Block.Origin, of account: Account.ID, at now: Timestamp
  ) throws {
    try database.execute(
      sql: "DELETE FROM blocks WHERE account = ? AND origin = ?", arguments: [account, origin.rawValue])
    for target in targets {
      let (kind, text) =
        switch target {
        case .address(let text): ("address", text)
        case .domain(let text): ("domain", text)
        }
      try database.execute(
        sql: "INSERT INTO blocks (account, kind, target, origin, created_at) VALUES (?, ?, ?, ?, ?)",
        arguments: [account, kind, text, origin.rawValue, now.seconds])
    }
  }
}

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

  public func blockCount(of account: Account.ID, from origin: Block.Origin) throws -> Int {
    try Int.fetchOne(
      database.cachedStatement(sql: "SELECT COUNT(*) FROM blocks WHERE account = ? AND origin = ?"),
      arguments: [account, origin.rawValue]) ?? 0
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

  /// Makes the blocks of one origin and kind say what was read; those of other origins and kinds stay.
  ///
  /// - Parameters:
  ///   - targets: addresses, or domains if `kind` says so.
  ///   - isCut: whether there are more than these: then none is lifted.
  /// - Returns: whether that is any different from before.
  public func replaceBlocks(
    _ kind: Block.Target.Kind, _ targets: Set<String>, from origin: Block.Origin, of account: Account.ID,
    isCut: Bool, at now: Timestamp
  ) throws -> Bool {
    let before = Set(
      try String.fetchAll(
        database, sql: "SELECT target FROM blocks WHERE account = ? AND kind = ? AND origin = ?",
        arguments: [account, kind.rawValue, origin.rawValue]))
    let gone = isCut ? [] : before.subtracting(targets)
    let new = targets.subtracting(before)
    let lift = try database.cachedStatement(
      sql: "DELETE FROM blocks WHERE account = ? AND kind = ? AND origin = ? AND target = ?")
    for target in gone { try lift.execute(arguments: [account, kind.rawValue, origin.rawValue, target]) }
    let add = try database.cachedStatement(
      sql: "INSERT INTO blocks (account, kind, target, origin, created_at) VALUES (?, ?, ?, ?, ?)")
    for target in new {
      try add.execute(arguments: [account, kind.rawValue, target, origin.rawValue, now.seconds])
    }
    return !gone.isEmpty || !new.isEmpty
  }
}

extension Block.Target {
  /// As the ledger writes it.
  public enum Kind: String, Sendable {
    case address, domain
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import GRDB

extension LedgerReader {
  /// What was heard about these domains; those that were never asked are missing.
  public func domainFindings(of domains: [String]) throws -> [String: Finding<DomainOffer>] {
    try findings("domain_findings", "domain", domains) { DomainOffer(rawValue: $0) }
  }

  /// What was heard about these handles; those that were never asked about are missing.
  public func addressFindings(of addresses: [Address]) throws -> [Address: Finding<[StatedAddress]>] {
    let found = try findings("address_findings", "address", addresses.map(\.description)) {
      [StatedAddress](stored: $0)
    }
    return Dictionary(uniqueKeysWithValues: found.map { (Address(stored: $0), $1) })
  }

  /// The chat addresses that the member's people state, in their profiles or by WebFinger; a profile counts before WebFinger.
  public func chatAddresses(statedByPeopleOf account: Account.ID) throws -> [Address: ChatStatement] {
    let rows = try Row.fetchCursor(
      database.cachedStatement(
        sql: """
          SELECT stated, NULL AS heard_at FROM people WHERE account = :account AND stated <> ''
          UNION ALL
          SELECT answer, COALESCE(answered_at, 0) FROM people JOIN address_findings USING (address)
          WHERE account = :account AND answer <> ''
          """), arguments: ["account": account])
    var found: [Address: ChatStatement] = [:]
    while let row = try rows.next() {
      let heardAt: Int64? = row["heard_at"]
      let statement = heardAt.map { ChatStatement.webFinger(at: Timestamp(seconds: $0)) } ?? .profile
      for stated in [StatedAddress](stored: row["stated"])
      where stated.service == .xmpp && found[stated.address] != .profile {
        found[stated.address] = statement
      }
    }
    return found
  }

  /// Who among the member's people states this chat address as theirs.
  public func person(stating address: Address, among account: Account.ID) throws -> Person? {
    let handle = try String.fetchOne(
      database.cachedStatement(
        sql: """
          SELECT address FROM people LEFT JOIN address_findings USING (address)
          WHERE account = :account
            AND instr(char(10) || stated || char(10) || COALESCE(answer, '') || char(10), :stated) > 0
          ORDER BY address LIMIT 1
          """),
      arguments: [
        "account": account,
        "stated": "\n\([StatedAddress(service: .xmpp, address: address)].stored)\n",
      ])
    return try handle.flatMap { try person(at: Address(stored: $0), of: account) }
  }

  /// How many findings are kept.
  public func findingCount() throws -> Int {
    try Int.fetchOne(
      database,
      sql: "SELECT (SELECT COUNT(*) FROM domain_findings) + (SELECT COUNT(*) FROM address_findings)") ?? 0
  }

  /// How many of them had no answer the last time.
  public func failingFindingCount() throws -> Int {
    try Int.fetchOne(
      database,
      sql: """
        SELECT (SELECT COUNT(*) FROM domain_findings WHERE failures > 0)
          + (SELECT COUNT(*) FROM address_findings WHERE failures > 0)
        """) ?? 0
  }

  private func findings<Answer>(
    _ table: String, _ column: String, _ keys: [String], _ answer: (String) -> Answer?
  ) throws -> [String: Finding<Answer>] {
    let statement = try database.cachedStatement(sql: "SELECT * FROM \(table) WHERE \(column) = ?")
    return try keys.reduce(into: [:]) { found, key in
      guard let row = try Row.fetchOne(statement, arguments: [key]) else { return }
      // An answer that a newer version wrote counts as none.
      let stored: String? = row["answer"]
      let at: Int64? = row["answered_at"]
      let read = stored.flatMap(answer)
      found[key] = Finding(
        answer: read, answeredAt: read == nil ? nil : at.map(Timestamp.init(seconds:)),
        failures: row["failures"], askAgainAt: Timestamp(seconds: row["ask_again_at"]))
    }
  }
}

extension LedgerWriter {
  public func setFinding(_ finding: Finding<DomainOffer>, ofDomain domain: String) throws {
    try set("domain_findings", "domain", domain, finding, finding.answer?.rawValue)
  }

  public func setFinding(_ finding: Finding<[StatedAddress]>, of address: Address) throws {
    try set(
      "address_findings", "address", address.description, finding, finding.answer?.stored)
  }

  /// Forgets what nobody has asked for again since a moment, and the oldest of what is more than so many of each kind.
  public func pruneFindings(dueBefore moment: Timestamp, keeping most: Int) throws {
    for (table, column) in [("domain_findings", "domain"), ("address_findings", "address")] {
      try database.execute(sql: "DELETE FROM \(table) WHERE ask_again_at < ?", arguments: [moment.seconds])
      try database.execute(
        sql: """
          DELETE FROM \(table) WHERE \(column) IN (
            SELECT \(column) FROM \(table) ORDER BY ask_again_at DESC, \(column) LIMIT -1 OFFSET ?)
          """, arguments: [most])
    }
  }

  private func set<Answer>(
    _ table: String, _ column: String, _ key: String, _ finding: Finding<Answer>, _ answer: String?
  ) throws {
    try database.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO \(table) (\(column), answer, answered_at, failures, ask_again_at)
        VALUES (?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      key, answer, finding.answeredAt?.seconds, finding.failures, finding.askAgainAt.seconds,
    ])
  }
}

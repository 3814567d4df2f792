// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import Foundation
import GRDB

extension LedgerReader {
  /// A page of the people of a member. Who is muted or blocked is what is in force now, whenever the list was read.
  public func people(of account: Account.ID, _ query: PeopleQuery) throws -> (
    people: [Person], next: PeopleCursor?
  ) {
    var conditions = ["account = :account"]
    var arguments: [String: (any DatabaseValueConvertible)?] = ["account": account, "limit": query.limit + 1]
    switch query.ties {
    case .all: break
    case .mutual: conditions.append("rank = 0")
    case .followed: conditions.append("rank < 2")
    case .followers: conditions.append("rank <> 1")
    }
    if let after = query.after {
      conditions.append("(rank, sort_key, home_id) > (:rank, :key, :id)")
      arguments.merge(["rank": after.rank, "key": after.sortKey, "id": after.id]) { $1 }
    }
    if !query.search.isEmpty {
      conditions.append("instr(search, :search) > 0")
      arguments["search"] = query.search
    }
    let rows = try Row.fetchAll(
      database.cachedStatement(sql: Self.pageOfPeople(conditions)), arguments: StatementArguments(arguments))
    var next: PeopleCursor?
    if rows.count > query.limit {
      let last = rows[query.limit - 1]
      next = PeopleCursor(rank: last["rank"], sortKey: last["sort_key"], id: last["home_id"])
    }
    return (try rows.prefix(query.limit).map { try person($0, of: account) }, next)
  }

  /// Finds the page by the index alone, then reads that page's people.
  static func pageOfPeople(_ conditions: [String]) -> String {
    """
    WITH page AS MATERIALIZED (
      SELECT home_id FROM people INDEXED BY people_in_order WHERE \(conditions.joined(separator: " AND "))
      ORDER BY rank, sort_key, home_id LIMIT :limit)
    SELECT people.* FROM people JOIN page USING (home_id) WHERE people.account = :account
    ORDER BY people.rank, people.sort_key, people.home_id
    """
  }

  /// The person with this handle among the member's people.
  public func person(at address: Address, of account: Account.ID) throws -> Person? {
    try Row.fetchOne(
      database.cachedStatement(sql: "SELECT * FROM people WHERE account = ? AND address = ?"),
      arguments: [account, address.description]
    ).map { try person($0, of: account) }
  }

  public func peopleCounts(of account: Account.ID) throws -> PeopleCounts {
    let rows = try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT rank, COUNT(*) AS people FROM people WHERE account = ? GROUP BY rank"),
      arguments: [account])
    return rows.reduce(into: PeopleCounts()) { counts, row in
      switch row["rank"] as Int {
      case 0: counts.mutual = row["people"]
      case 1: counts.followedOnly = row["people"]
      default: counts.followersOnly = row["people"]
      }
    }
  }

  /// Whom the member follows at the home server, as far as their address is known to be theirs: members of the same
  /// server by their identity, and others at the chat addresses that they state in their own profile or WebFinger. Of somebody
  /// elsewhere, the handle alone says nothing; and nobody else's profile vouches for a member here.
  public func followed(by account: Account) throws -> Set<Address> {
    let here = account.identity.homeServer
    var found: Set<Address> = []
    let rows = try Row.fetchCursor(
      database.cachedStatement(
        sql: """
          SELECT address, stated || char(10) || COALESCE(answer, '') AS stated FROM people
            LEFT JOIN address_findings USING (address)
          WHERE account = ? AND rank < 2
          """), arguments: [account.id])
    while let row = try rows.next() {
      let address = Address(stored: row["address"])
      if address.domain == here { found.insert(address) }
      for stated in [StatedAddress](stored: row["stated"])
      where stated.service == .xmpp && stated.address.domain != here { found.insert(stated.address) }
    }
    return found
  }

  /// Members here who follow somebody with this handle.
  public func members(following address: Address) throws -> [Name] {
    try String.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT name FROM people JOIN accounts ON accounts.id = people.account
          WHERE address = ? AND rank < 2 AND deleted_at IS NULL
          """), arguments: [address.description]
    ).map(Name.init(stored:))
  }

  /// Whom the member muted there, with notifications.
  public func muted(by account: Account.ID) throws -> Set<Address> {
    Set(
      try String.fetchAll(
        database.cachedStatement(sql: "SELECT address FROM mutes WHERE account = ?"), arguments: [account]
      ).map(Address.init(stored:)))
  }

  private func person(_ row: Row, of account: Account.ID) throws -> Person {
    let address: String = row["address"]
    let rank: Int = row["rank"]
    let url: String? = row["url"]
    return Person(
      id: row["home_id"], address: Address(stored: address), displayName: row["display_name"],
      profileURL: url.flatMap { URL(string: $0) }, follows: rank < 2, followsBack: rank != 1,
      isBot: row["is_bot"], stated: [StatedAddress](stored: row["stated"]),
      isMuted: try isMuted(address, by: account),
      isBlocked: try isBlocked(Address(stored: address), by: account))
  }

  private func isMuted(_ address: String, by account: Account.ID) throws -> Bool {
    try Bool.fetchOne(
      database.cachedStatement(sql: "SELECT EXISTS (SELECT * FROM mutes WHERE account = ? AND address = ?)"),
      arguments: [account, address]) ?? false
  }

  /// Whether the address may not reach the member: by the member's word, wherever that was given, or by the home server's
  /// admin's.
  public func isBlocked(_ address: Address, by account: Account.ID) throws -> Bool {
    let own = try Bool.fetchOne(
      database.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT * FROM blocks WHERE account = :account
            AND ((kind = 'address' AND target = :address) OR (kind = 'domain' AND target = :domain)))
          """), arguments: ["account": account, "address": address.description, "domain": address.domain])
    return try own == true || isShutOut(address.domain)
  }
}

extension LedgerWriter {
  /// Makes the ledger say what the home server said: all of the member's people, or nothing of it if this throws.
  /// - Returns: whether that changes whom the member is known to follow, which engines have to know.
  public func setPeople(_ people: [Person], of account: Account) throws -> Bool {
    let before = try reader.followed(by: account)
    var gone = Set(
      try String.fetchAll(
        database, sql: "SELECT home_id FROM people WHERE account = ?", arguments: [account.id]))
    // Writes only what has changed: most readings change little, and each row that is touched is written thrice.
    let put = try database.cachedStatement(
      sql: """
        INSERT INTO people (account, home_id, rank, sort_key, address, display_name, search, url, is_bot, stated)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (account, home_id) DO UPDATE SET rank = excluded.rank, sort_key = excluded.sort_key,
          address = excluded.address, display_name = excluded.display_name, search = excluded.search,
          url = excluded.url, is_bot = excluded.is_bot, stated = excluded.stated
        WHERE (rank, address, display_name, is_bot, stated) IS NOT
            (excluded.rank, excluded.address, excluded.display_name, excluded.is_bot, excluded.stated)
          OR url IS NOT excluded.url
        """)
    for person in people where person.follows || person.followsBack {
      gone.remove(person.id)
      let name = PeopleQuery.fold(person.displayName)
      try put.execute(arguments: [
        account.id, person.id, person.isMutual ? 0 : person.follows ? 1 : 2, name,
        person.address.description, person.displayName,
        "\(name) \(PeopleQuery.fold(person.address.description))",
        person.profileURL?.absoluteString, person.isBot, person.stated.stored,
      ])
    }
    let remove = try database.cachedStatement(sql: "DELETE FROM people WHERE account = ? AND home_id = ?")
    for id in gone { try remove.execute(arguments: [account.id, id]) }
    return try reader.followed(by: account) != before
  }

  /// Forgets whom the member follows and who follows, and whom they muted. Blocks stay.
  public func forgetPeople(of account: Account.ID) throws {
    for table in ["people", "mutes", "relation_reads"] {
      try database.cachedStatement(sql: "DELETE FROM \(table) WHERE account = ?").execute(arguments: [account]
      )
    }
  }

  /// Replaces whom the member muted with notifications.
  /// - Parameter isCut: whether there are more than these: then none is lifted.
  /// - Returns: whether that is any different from before.
  public func setMutes(_ addresses: Set<Address>, of account: Account.ID, isCut: Bool) throws -> Bool {
    let before = try reader.muted(by: account)
    let gone = isCut ? [] : before.subtracting(addresses)
    let new = addresses.subtracting(before)
    let remove = try database.cachedStatement(sql: "DELETE FROM mutes WHERE account = ? AND address = ?")
    for address in gone {
      try remove.execute(arguments: [account, address.description])
    }
    let add = try database.cachedStatement(sql: "INSERT INTO mutes (account, address) VALUES (?, ?)")
    for address in new {
      try add.execute(arguments: [account, address.description])
    }
    return !gone.isEmpty || !new.isEmpty
  }
}

extension [StatedAddress] {
  var stored: String { map { "\($0.service.rawValue) \($0.address)" }.joined(separator: "\n") }

  init(stored: String) {
    self = stored.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, let service = Service(rawValue: String(parts[0])) else { return nil }
      return StatedAddress(service: service, address: Address(stored: String(parts[1])))
    }
  }
}

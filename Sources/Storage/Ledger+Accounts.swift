// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import GRDB

extension LedgerReader {
  public func account(_ id: Account.ID) throws -> Account? {
    try Row.fetchOne(database.cachedStatement(sql: "SELECT * FROM accounts WHERE id = ?"), arguments: [id])
      .map(
        Account.init(row:))
  }

  public func account(_ identity: AccountIdentity) throws -> Account? {
    try Row.fetchOne(
      database.cachedStatement(sql: "SELECT * FROM accounts WHERE home_server = ? AND home_id = ?"),
      arguments: [identity.homeServer, identity.id]
    ).map(Account.init(row:))
  }

  /// The account that the name belongs to by the permanent record.
  public func account(named name: Name) throws -> Account? {
    try Row.fetchOne(
      database.cachedStatement(
        sql: """
          SELECT accounts.* FROM names JOIN accounts USING (home_server, home_id) WHERE names.name = ?
          """), arguments: [name.text]
    ).map(Account.init(row:))
  }

  /// Whom a name belongs to; `nil` if nobody ever had it or it was freed.
  public func owner(of name: Name) throws -> AccountIdentity? {
    try Row.fetchOne(
      database.cachedStatement(sql: "SELECT home_server, home_id FROM names WHERE name = ?"),
      arguments: [name.text]
    ).map { AccountIdentity(homeServer: $0["home_server"], id: $0["home_id"]) }
  }

  /// Accounts by name, in pages.
  /// - Parameters:
  ///   - name: only names after this one.
  ///   - search: only names that contain this text.
  public func accounts(after name: String = "", matching search: String? = nil, limit: Int) throws
    -> [Account]
  {
    let escaped = (search ?? "").lowercased()
      .replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
    return try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT * FROM accounts WHERE name > ? AND name LIKE ? ESCAPE '\\' ORDER BY name LIMIT ?"),
      arguments: [name, "%\(escaped)%", limit]
    ).map(Account.init(row:))
  }

  /// The accounts whose standing was asked for longest ago, answered or not.
  public func accountsToAsk(before: Timestamp, limit: Int) throws -> [Account] {
    try Row.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT * FROM accounts WHERE deleted_at IS NULL AND standing_asked_at < ?
          ORDER BY standing_asked_at LIMIT ?
          """), arguments: [before.seconds, limit]
    ).map(Account.init(row:))
  }

  public func accountStatistics() throws -> AccountStatistics {
    let row = try Row.fetchOne(
      database.cachedStatement(
        sql: """
          SELECT COUNT(*) AS total, MIN(standing_checked_at) AS oldest,
            COALESCE(SUM(standing <> 'active' OR disabled_at IS NOT NULL), 0) AS out
          FROM accounts WHERE deleted_at IS NULL
          """))
    let devices = try Int.fetchOne(
      database.cachedStatement(sql: "SELECT COUNT(*) FROM devices WHERE revoked_at IS NULL"))
    let oldest: Int64? = row?["oldest"]
    return AccountStatistics(
      accounts: row?["total"] ?? 0, notAdmitted: row?["out"] ?? 0, devices: devices ?? 0,
      oldestCheck: oldest.map(Timestamp.init(seconds:)))
  }
}

extension LedgerWriter {
  /// Makes the account, and writes its name into the permanent record.
  public func addAccount(_ account: Account) throws -> Account {
    try database.cachedStatement(
      sql: """
        INSERT INTO names (name, home_server, home_id, since) VALUES (?, ?, ?, ?)
        ON CONFLICT (name) DO NOTHING
        """
    ).execute(arguments: [
      account.name.text, account.identity.homeServer, account.identity.id, account.createdAt.seconds,
    ])
    try database.cachedStatement(
      sql: """
        INSERT INTO accounts (home_server, home_id, name, display_name, standing, standing_checked_at,
          disabled_at, services, presence, chat_reach, call_reach, created_at, deleted_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      account.identity.homeServer, account.identity.id, account.name.text, account.displayName,
      account.standing.rawValue, account.standingCheckedAt.seconds, account.disabledAt?.seconds,
      account.services.stored, account.privacy.presence.rawValue, account.privacy.chatReach.rawValue,
      account.privacy.callReach.rawValue, account.createdAt.seconds,
      account.deletedAt?.seconds,
    ])
    let id = database.lastInsertedRowID
    guard let made = try reader.account(id) else {
      throw DatabaseError(message: "the new account is not there")
    }
    return made
  }

  /// Stores all but identity, name and age, which never change.
  public func update(_ account: Account) throws {
    try database.cachedStatement(
      sql: """
        UPDATE accounts SET display_name = ?, standing = ?, standing_checked_at = ?, disabled_at = ?,
          services = ?, presence = ?, chat_reach = ?, call_reach = ?, deleted_at = ? WHERE id = ?
        """
    ).execute(arguments: [
      account.displayName, account.standing.rawValue, account.standingCheckedAt.seconds,
      account.disabledAt?.seconds, account.services.stored, account.privacy.presence.rawValue,
      account.privacy.chatReach.rawValue, account.privacy.callReach.rawValue,
      account.deletedAt?.seconds, account.id,
    ])
  }

  /// Notes that the home server is being asked now, so that an account about which it says nothing does not hold up
  /// the others.
  public func noteQuestion(about id: Account.ID, at now: Timestamp) throws {
    try database.cachedStatement(sql: "UPDATE accounts SET standing_asked_at = ? WHERE id = ?").execute(
      arguments: [now.seconds, id])
  }

  /// Removes the account with all that hangs on it and frees its name. Only after the engines have wiped theirs.
  public func removeAccount(_ account: Account) throws {
    try database.cachedStatement(sql: "DELETE FROM accounts WHERE id = ?").execute(arguments: [account.id])
    try database.cachedStatement(sql: "DELETE FROM names WHERE name = ? AND home_server = ? AND home_id = ?")
      .execute(arguments: [account.name.text, account.identity.homeServer, account.identity.id])
  }
}

extension Account {
  init(row: Row) {
    let disabledAt: Int64? = row["disabled_at"]
    let deletedAt: Int64? = row["deleted_at"]
    self.init(
      id: row["id"], identity: AccountIdentity(homeServer: row["home_server"], id: row["home_id"]),
      name: Name(stored: row["name"]), displayName: row["display_name"],
      // A word that this version does not know admits nobody.
      standing: Standing(rawValue: row["standing"]) ?? .suspended,
      standingCheckedAt: Timestamp(seconds: row["standing_checked_at"]),
      disabledAt: disabledAt.map(Timestamp.init(seconds:)), services: Set(stored: row["services"]),
      // The same: a word that this version does not know reveals nothing and lets the fewest through.
      privacy: Privacy(
        presence: PresencePolicy(rawValue: row["presence"]) ?? .nobody,
        chatReach: Reach(rawValue: row["chat_reach"]) ?? .contacts,
        callReach: Reach(rawValue: row["call_reach"]) ?? .contacts),
      createdAt: Timestamp(seconds: row["created_at"]), deletedAt: deletedAt.map(Timestamp.init(seconds:)))
  }
}

extension Set<Service> {
  var stored: String { map(\.rawValue).sorted().joined(separator: " ") }

  init(stored: String) {
    self = Set(stored.split(separator: " ").compactMap { Service(rawValue: String($0)) })
  }
}

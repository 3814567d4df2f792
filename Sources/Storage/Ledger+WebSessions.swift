// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
import GRDB

/// Which device is a browser's, and of which one. When it ends stands with the device.
public struct WebSession: Sendable, Equatable {
  /// The browser.
  public let signIn: Fingerprint
  public let account: Account.ID
  public let device: Device.ID
  /// When the browser last asked for passwords or for more time.
  public let usedAt: Timestamp

  public init(signIn: Fingerprint, account: Account.ID, device: Device.ID, usedAt: Timestamp) {
    self.signIn = signIn
    self.account = account
    self.device = device
    self.usedAt = usedAt
  }
}

extension LedgerReader {
  public func webSession(of signIn: Fingerprint) throws -> WebSession? {
    try Row.fetchOne(
      database.cachedStatement(sql: "SELECT * FROM web_sessions WHERE sign_in = ?"), arguments: [signIn.bytes]
    ).map(WebSession.init(row:))
  }

  public func webSession(of device: Device.ID) throws -> WebSession? {
    try Row.fetchOne(
      database.cachedStatement(sql: "SELECT * FROM web_sessions WHERE device = ?"), arguments: [device.text]
    ).map(WebSession.init(row:))
  }

  /// Those that stand, longest unused first.
  public func webSessions(of account: Account.ID) throws -> [WebSession] {
    try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT * FROM web_sessions WHERE account = ? ORDER BY used_at, device"), arguments: [account]
    ).map(WebSession.init(row:))
  }

  /// Whether any is over by its own time and has not been taken out yet.
  public func hasExpiredWebSessions(at now: Timestamp) throws -> Bool {
    try Bool.fetchOne(
      database.cachedStatement(sql: "SELECT EXISTS (\(WebSession.expired))"),
      arguments: ["now": now.seconds]) ?? false
  }
}

extension LedgerWriter {
  public func addWebSession(_ session: WebSession) throws {
    try database.cachedStatement(
      sql: "INSERT INTO web_sessions (sign_in, account, device, used_at) VALUES (?, ?, ?, ?)"
    ).execute(arguments: [
      session.signIn.bytes, session.account, session.device.text, session.usedAt.seconds,
    ])
  }

  /// Gives the device until then.
  public func extendWebSession(_ device: Device.ID, until expiry: Timestamp, at now: Timestamp) throws {
    try database.cachedStatement(sql: "UPDATE devices SET expires_at = ? WHERE id = ? AND revoked_at IS NULL")
      .execute(arguments: [expiry.seconds, device.text])
    try database.cachedStatement(sql: "UPDATE web_sessions SET used_at = ? WHERE device = ?")
      .execute(arguments: [now.seconds, device.text])
  }

  /// Hands a web session to another sign-in of the same browser and member.
  public func moveWebSession(from old: Fingerprint, to new: Fingerprint) throws {
    try database.cachedStatement(sql: "UPDATE web_sessions SET sign_in = ? WHERE sign_in = ?")
      .execute(arguments: [new.bytes, old.bytes])
  }

  /// Takes away what the device has passwords for; new ones are added by ``addCredentials(of:)`` and the verifiers' setters.
  public func removeCredentials(of device: Device.ID) throws {
    for table in ["scram_verifiers", "digest_verifiers", "credentials"] {
      try database.cachedStatement(sql: "DELETE FROM \(table) WHERE device = ?").execute(arguments: [
        device.text
      ])
    }
  }

  /// Ends the web session of one browser, and has the engines follow. Nothing happens if it has none.
  public func endWebSession(of signIn: Fingerprint, at now: Timestamp) throws {
    try endWebSessions(
      "SELECT * FROM web_sessions WHERE sign_in = :sign_in", ["sign_in": signIn.bytes], at: now)
  }

  public func endWebSessions(of account: Account.ID, at now: Timestamp) throws {
    try endWebSessions("SELECT * FROM web_sessions WHERE account = :account", ["account": account], at: now)
  }

  /// Ends those whose time is over, or whose sign-in's is.
  public func endExpiredWebSessions(at now: Timestamp) throws {
    try endWebSessions(WebSession.expired, ["now": now.seconds], at: now)
  }

  /// Forgets browsers whose web session ended long ago: unlike devices, nobody asks after them again.
  public func forgetBrowsers(endedBefore moment: Timestamp) throws {
    try database.execute(
      sql: """
        DELETE FROM devices WHERE revoked_at < ? AND id IN
          (SELECT device FROM credentials WHERE app IN ('\(App.browser.rawValue)', '\(App.browserPhone.rawValue)'))
        """, arguments: [moment.seconds])
  }

  private func endWebSessions(_ selection: String, _ arguments: StatementArguments, at now: Timestamp) throws
  {
    let ended = try Row.fetchAll(database, sql: selection, arguments: arguments).map(WebSession.init(row:))
    for session in ended { try revokeDevice(session.device, at: now) }
    for account in Set(ended.map(\.account)) {
      if let account = try reader.account(account) { try post(account.name, at: now) }
    }
  }
}

extension WebSession {
  fileprivate static let expired = """
    SELECT web_sessions.* FROM web_sessions
    JOIN devices ON devices.id = web_sessions.device
    JOIN sign_ins ON sign_ins.fingerprint = web_sessions.sign_in
    WHERE devices.expires_at <= :now OR sign_ins.expires_at <= :now
    """

  fileprivate init(row: Row) {
    self.init(
      signIn: Fingerprint(bytes: row["sign_in"]), account: row["account"],
      device: Device.ID(stored: row["device"]),
      usedAt: Timestamp(seconds: row["used_at"]))
  }
}

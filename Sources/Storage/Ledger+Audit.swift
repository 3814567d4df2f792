// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import GRDB

/// One line of the record of who did what. It holds no secret and no message.
public struct AuditEntry: Sendable, Equatable {
  public let at: Timestamp
  /// `member`, `admin`, `home-server` or `trunkline`.
  public let actor: String
  /// Such as `device.added`.
  public let action: String
  /// The handle at that time.
  public let account: String
  public let device: String?
  public let detail: String

  public init(
    at: Timestamp, actor: String, action: String, account: String, device: String? = nil, detail: String = ""
  ) {
    self.at = at
    self.actor = actor
    self.action = action
    self.account = account
    self.device = device
    self.detail = detail
  }
}

/// Something that a member should hear of, such as a device that was added.
public struct Notice: Sendable, Equatable {
  public let id: Int64
  public let account: Account.ID
  public let kind: String
  public let deviceName: DeviceName
  public let createdAt: Timestamp
}

extension LedgerReader {
  public func audit(of account: String, limit: Int) throws -> [AuditEntry] {
    try Row.fetchAll(
      database.cachedStatement(sql: "SELECT * FROM audit WHERE account = ? ORDER BY id DESC LIMIT ?"),
      arguments: [account, limit]
    ).map {
      AuditEntry(
        at: Timestamp(seconds: $0["at"]), actor: $0["actor"], action: $0["action"], account: $0["account"],
        device: $0["device"], detail: $0["detail"])
    }
  }

  /// The latest notices of an account since a moment, but for those about devices that are gone again.
  public func notices(of account: Account.ID, since: Timestamp) throws -> [Notice] {
    try Row.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT notices.* FROM notices JOIN devices ON devices.id = notices.device
          WHERE notices.account = ? AND notices.created_at >= ? AND devices.revoked_at IS NULL ORDER BY notices.id
          """), arguments: [account, since.seconds]
    ).map(Notice.init(row:))
  }
}

extension LedgerWriter {
  public func record(_ entry: AuditEntry) throws {
    try database.cachedStatement(
      sql: "INSERT INTO audit (at, actor, action, account, device, detail) VALUES (?, ?, ?, ?, ?, ?)"
    ).execute(arguments: [
      entry.at.seconds, entry.actor, entry.action, entry.account, entry.device, entry.detail,
    ])
  }

  public func notify(_ account: Account.ID, kind: String, device: Device, at now: Timestamp) throws {
    try database.cachedStatement(
      sql: "INSERT INTO notices (account, kind, device, device_name, created_at) VALUES (?, ?, ?, ?, ?)"
    ).execute(arguments: [account, kind, device.id.text, device.name.text, now.seconds])
  }
}

extension Notice {
  init(row: Row) {
    self.init(
      id: row["id"], account: row["account"], kind: row["kind"],
      deviceName: DeviceName(stored: row["device_name"]), createdAt: Timestamp(seconds: row["created_at"]))
  }
}

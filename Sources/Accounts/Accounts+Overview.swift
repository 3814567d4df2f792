// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import Engines
public import Storage

/// A device with what the engine has seen of it.
public struct DeviceOverview: Sendable, Equatable {
  public let device: Device
  /// When it last logged in; `nil` if it never has.
  public let lastConnectedAt: Timestamp?
  /// From where: an IP address.
  public let lastAddress: String?
  public let isConnected: Bool
}

/// All that a member's page shows.
public struct AccountOverview: Sendable, Equatable {
  public let account: Account
  /// Not revoked, oldest first; expired ones too.
  public let devices: [DeviceOverview]
}

extension Accounts {
  public func overview(of id: Account.ID) async throws -> AccountOverview {
    let (account, devices) = try await ledger.read { reader in
      (try requireAccount(id, reader), try reader.devices(of: id))
    }
    // What the engine has seen is a convenience: without it the page still stands.
    let seen = (try? await observations.seen(devices.map(\.id.text))) ?? [:]
    return AccountOverview(
      account: account,
      devices: devices.map { device in
        let sight = seen[device.id.text]
        return DeviceOverview(
          device: device, lastConnectedAt: sight?.connectedAt, lastAddress: sight?.address,
          isConnected: sight?.isOnline ?? false)
      })
  }

  /// - Throws: ``AccountsError`` `noSuchAccount`.
  public func account(_ id: Account.ID) async throws -> Account {
    try await ledger.read { try requireAccount(id, $0) }
  }

  /// - Throws: ``AccountsError`` `noSuchAccount`.
  public func account(named name: Name) async throws -> Account {
    try await ledger.read { reader in
      guard let account = try reader.account(named: name) else { throw AccountsError.noSuchAccount }
      return account
    }
  }

  public func accounts(after name: String, matching search: String?, limit: Int) async throws -> [Account] {
    try await ledger.read { try $0.accounts(after: name, matching: search, limit: limit) }
  }

  public func audit(of account: Account, limit: Int) async throws -> [AuditEntry] {
    try await ledger.read { try $0.audit(of: account.handle.description, limit: limit) }
  }

  /// The number of the latest change that projections have to follow.
  public func lastSequence() async throws -> Int64 { try await ledger.read { try $0.lastSequence() } }

  /// Whether the projection has all that the ledger holds.
  /// - Throws: `StorageError`, `EngineError`.
  public func isReady() async throws -> Bool {
    let last = try await lastSequence()
    return try await projector.projectedSequence() >= last
  }

  public func statistics() async throws -> AccountStatistics {
    try await ledger.read { try $0.accountStatistics() }
  }
}

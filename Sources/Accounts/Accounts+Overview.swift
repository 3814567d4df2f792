// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
public import Engines
public import Storage

/// What the engines tell of themselves.
public struct Observations: Sendable {
  let chat: EngineObservations
  /// `nil` on a site without calls.
  let calls: EngineObservations?

  public init(chat: EngineObservations, calls: EngineObservations? = nil) {
    self.chat = chat
    self.calls = calls
  }

  /// What each engine has seen of these devices. It is a convenience: what cannot be read is left out.
  func seen(_ devices: [String]) async -> [Service: [String: DeviceSight]] {
    [.xmpp: (try? await chat.seen(devices)) ?? [:], .sip: (try? await calls?.seen(devices)) ?? [:]]
  }
}

/// A device with what the engines have seen of it.
public struct DeviceOverview: Sendable, Equatable {
  public let device: Device
  /// For each service that it has ever connected to.
  public let sights: [Service: DeviceSight]

  /// The latest of all services.
  public var lastSight: DeviceSight? { sights.values.max { $0.connectedAt < $1.connectedAt } }
  public var isConnected: Bool { sights.values.contains(where: \.isOnline) }
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
    let seen = await observations.seen(devices.map(\.id.text))
    return AccountOverview(
      account: account,
      devices: devices.map { device in
        DeviceOverview(device: device, sights: seen.compactMapValues { $0[device.id.text] })
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
    return try await projections.projectedSequence() >= last
  }

  public func statistics() async throws -> AccountStatistics {
    try await ledger.read { try $0.accountStatistics() }
  }
}

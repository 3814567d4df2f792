// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
import Foundation
import Logging
import Storage

/// What a member asks for when adding a device.
public struct NewDevice: Sendable, Equatable {
  public let name: DeviceName
  /// One app for each service that the device shall have a password for.
  public let apps: [Service: App]
  public let expiresAt: Timestamp?

  public init(name: DeviceName, apps: [Service: App], expiresAt: Timestamp? = nil) {
    self.name = name
    self.apps = apps
    self.expiresAt = expiresAt
  }

  /// A device with one app.
  public init(name: DeviceName, app: App, expiresAt: Timestamp? = nil) {
    self.init(name: name, apps: [app.service: app], expiresAt: expiresAt)
  }
}

/// A device that was just added, with its passwords: the only moment at which they exist in the clear.
public struct IssuedDevice: Sendable {
  public let device: Device
  public let handle: Handle
  public let passwords: [Service: DevicePassword]
}

extension Accounts {
  /// Adds a device and makes its passwords.
  ///
  /// When this returns, the ledger and the projection both have the verifiers durably, and nothing has the
  /// password but the value returned.
  ///
  /// - Throws: ``AccountsError`` `keptOut`, `disabledHere`, `serviceOff`, `tooManyDevices`, `notYetInForce` (the device was
  ///   taken back); `DirectoryError` `badExpiry`.
  public func addDevice(_ new: NewDevice, to id: Account.ID, by author: Author) async throws -> IssuedDevice {
    let now = clock()
    try rules.devices.check(expiry: new.expiresAt, now: now)
    guard !new.apps.values.contains(where: \.isBrowser) else {
      throw DirectoryError(
        .badApp, cause: "A browser is no app that can be added.",
        remedy: "Open chat in it, and it is there by itself.")
    }
    let device = Device(
      id: Device.ID(stored: random.base32(Device.ID.length)), account: id, name: new.name, apps: new.apps,
      createdAt: now, expiresAt: new.expiresAt)
    let passwords = new.apps.mapValues { _ in DevicePassword.make(random: random) }
    let verifiers = try await makeVerifiers(of: device, passwords: passwords)
    do {
      let (account, _) = try await commit { writer in
        let account = try requireAccount(id, writer.reader)
        try requireUse(of: device.services, by: account)
        // Expired ones count too, until they are removed: the engine reads them as well.
        let others = try writer.reader.devices(of: id)
        guard others.count(where: { !$0.isBrowser }) < rules.devices.limit else {
          throw AccountsError(
            .tooManyDevices, cause: "There are already \(rules.devices.limit) devices.",
            remedy: "Remove one that is no longer used, then add this one.")
        }
        try writer.addDevice(device)
        try writer.setVerifiers(verifiers.scram, of: device.id)
        try writer.setDigests(verifiers.digests, of: device.id)
        // The first one has nobody to be announced to.
        if !others.isEmpty { try writer.notify(id, kind: "device.added", device: device, at: now) }
        try writer.post(account.name, at: now)
        try writer.record(
          AuditEntry(
            at: now, actor: author.rawValue, action: "device.added", account: account.handle.description,
            device: device.id.text,
            detail: new.apps.values.map(\.rawValue).sorted().joined(separator: " ")))
        return account
      }
      return IssuedDevice(device: device, handle: account.handle, passwords: passwords)
    } catch let error as AccountsError where error.code == .notYetInForce {
      await takeBack(device)
      throw AccountsError(
        .notYetInForce, cause: "The device was not added: the database of an engine could not be written.",
        remedy: "Try again in a while; an admin finds the reason in the status.")
    }
  }

  /// Nobody will ever see the password of this device, so it must not stay.
  private func takeBack(_ device: Device) async {
    let now = clock()
    do {
      try await ledger.write { writer in
        let account = try requireAccount(device.account, writer.reader)
        try writer.revokeDevice(device.id, at: now)
        try writer.post(account.name, at: now)
        try writer.record(
          AuditEntry(
            at: now, actor: Author.trunkline.rawValue, action: "device.taken-back",
            account: account.handle.description, device: device.id.text))
      }
    } catch {
      // Harmless, but the member sees a device that was never used.
      log.error("device not taken back", metadata: ["device": "\(device.id)"])
    }
  }

  /// - Throws: ``AccountsError`` `noSuchDevice` if it is not this member's.
  public func renameDevice(
    _ device: Device.ID, to name: DeviceName, of id: Account.ID, by author: Author
  ) async throws {
    let now = clock()
    try await ledger.write { writer in
      let account = try requireAccount(id, writer.reader)
      try requireDevice(device, of: id, writer.reader)
      try writer.renameDevice(device, to: name)
      try writer.record(
        AuditEntry(
          at: now, actor: author.rawValue, action: "device.renamed", account: account.handle.description,
          device: device.text))
    }
  }

  /// Ends a device for good: its passwords stop working, its streams, registrations and calls end. Doing it again changes
  /// nothing. A browser is signed out as well, or it would be back at once.
  ///
  /// - Throws: ``AccountsError`` `noSuchDevice`, `notYetInForce`.
  public func revokeDevice(
    _ device: Device.ID, of id: Account.ID, by author: Author
  ) async throws -> Enforcement {
    let now = clock()
    let (_, enforcement) = try await commit { writer in
      let account = try requireAccount(id, writer.reader)
      let found = try requireDevice(device, of: id, writer.reader)
      guard found.revokedAt == nil else { return }
      if let browser = try writer.reader.webSession(of: device)?.signIn {
        try writer.removeSignIn(browser, at: now)
      }
      try writer.revokeDevice(device, at: now)
      try writer.post(account.name, at: now)
      try writer.record(
        AuditEntry(
          at: now, actor: author.rawValue, action: "device.revoked", account: account.handle.description,
          device: device.text))
    }
    return enforcement
  }

  func requireUse(of services: Set<Service>, by account: Account) throws {
    if let refusal = AccountsError.refusal(of: account) { throw refusal }
    for service in Service.allCases where services.contains(service) {
      guard rules.services.contains(service) else { throw AccountsError.notOffered(service) }
      guard account.mayUse(service) else { throw AccountsError.serviceOff(service) }
    }
  }

  @discardableResult
  func requireDevice(_ device: Device.ID, of id: Account.ID, _ reader: LedgerReader) throws -> Device {
    guard let found = try reader.device(device), found.account == id else { throw AccountsError.noSuchDevice }
    return found
  }
}

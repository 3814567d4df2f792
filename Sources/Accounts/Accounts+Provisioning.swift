// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
import Foundation
import Storage

/// What an app gets by a provisioning link: all that it needs for calls. The password itself is not in it.
public struct ProvisionedPhone: Sendable {
  public let handle: Handle
  public let device: Device.ID
  public let digest: DigestHA1
}

extension Accounts {
  /// How long a provisioning link works, in seconds.
  public static let provisioningLife: Int64 = 600

  /// Makes a link by which the app for calls of a device that was just added fetches its settings, once.
  ///
  /// - Returns: the link's token; `nil` if the device has no app that reads such links. The ledger keeps the token's
  ///   fingerprint, and the HA1 under a key that only the token gives.
  /// - Throws: ``AccountsError`` `noSuchDevice` if the device is gone already.
  public func offerProvisioning(of issued: IssuedDevice) async throws -> Secret? {
    guard issued.device.apps[.sip] == .linphone, let password = issued.passwords[.sip] else { return nil }
    let token = Secret(random.base32(32))
    let now = clock()
    let account = try await account(issued.device.account)
    let ha1 = digest(.sha256, of: password, for: account)
    let provisioning = Provisioning(
      fingerprint: Fingerprint(of: token), device: issued.device.id,
      sealed: try SealingKey(from: token, for: Self.provisioningKey).seal(
        ha1.value, context: issued.device.id.text, random: random),
      expiresAt: now + Self.provisioningLife)
    try await ledger.write { writer in
      let device = try requireDevice(issued.device.id, of: account.id, writer.reader)
      guard device.isLive(at: now) else { throw AccountsError.noSuchDevice }
      try writer.removeExpiredProvisionings(at: now)
      try writer.addProvisioning(provisioning)
    }
    return token
  }

  /// Takes what a provisioning link leads to. Nobody gets it a second time.
  ///
  /// - Throws: ``AccountsError`` `linkUnknown`, whatever the reason is.
  public func redeemProvisioning(_ token: Secret) async throws -> ProvisionedPhone {
    let now = clock()
    let found = try await ledger.write { writer -> (Provisioning, Account)? in
      guard let provisioning = try writer.takeProvisioning(Fingerprint(of: token), at: now),
        let device = try writer.reader.device(provisioning.device), device.isLive(at: now),
        let account = try writer.reader.account(device.account), account.mayUse(.sip)
      else { return nil }
      try writer.record(
        AuditEntry(
          at: now, actor: Author.member.rawValue, action: "device.provisioned",
          account: account.handle.description, device: device.id.text))
      return (provisioning, account)
    }
    guard let (provisioning, account) = found,
      let ha1 = try? SealingKey(from: token, for: Self.provisioningKey).open(
        provisioning.sealed, context: provisioning.device.text)
    else { throw AccountsError.linkUnknown }
    return ProvisionedPhone(
      handle: account.handle, device: provisioning.device, digest: DigestHA1(algorithm: .sha256, value: ha1))
  }

  private static let provisioningKey = "trunkline provisioning"
}

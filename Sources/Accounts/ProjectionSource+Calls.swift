// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
import Directory
public import Engines
import Storage

extension ProjectionSource<SIPContent> {
  /// What Kamailio needs to know.
  /// - Parameter key: with which the ledger's HA1s are sealed.
  public static func calls(key: SealingKey) -> ProjectionSource {
    ProjectionSource(
      member: { reader, account in try reader.projectedCaller(account, key: key) }, asides: { _, _, _ in })
  }
}

extension LedgerReader {
  fileprivate func projectedCaller(_ account: Account, key: SealingKey) throws -> ProjectedCaller? {
    guard account.mayUse(.sip) else { return nil }
    let digests = try digests(of: account.id)
    let credentials = try devices(of: account.id).flatMap { device in
      try (digests[device.id] ?? []).map { digest in
        ProjectedDigest(
          device: device.id, expiresAt: device.expiresAt, algorithm: digest.algorithm,
          ha1: try digest.opened(of: device.id, key: key))
      }
    }
    // Also whoever has no device now, such as a browser that was closed: a call to them is one that they miss.
    // Kamailio knows names, not servers: only contacts may call, and there are none.
    let isClosed = try blocksEverybodyHere(account)
    return ProjectedCaller(
      name: account.name, credentials: credentials, reach: isClosed ? .contacts : account.privacy.callReach,
      relations: try callRelations(of: account).mapValues { isClosed ? $0.intersection(.blocked) : $0 })
  }
}

extension SealedDigest {
  fileprivate func opened(of device: Device.ID, key: SealingKey) throws -> Secret {
    do {
      return try key.open(sealed, context: Self.context(device, algorithm))
    } catch {
      throw EngineError(
        .projectionUnwritable, cause: "What the ledger keeps of the passwords for calls does not open.",
        remedy: "The file at “key_file” must hold the key with which this ledger was written.")
    }
  }
}

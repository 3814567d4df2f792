// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Storage

/// All that is kept of a device's passwords.
struct DeviceVerifiers: Sendable {
  var scram: [SCRAMHash: SCRAMVerifier] = [:]
  var digests: [SealedDigest] = []
}

extension App {
  /// What the app can answer a digest challenge with; only these verifiers are made.
  ///
  /// Softphones know MD5 (RFC 2617) and few know better; Linphone does SHA-256 (RFC 8760). What we do not know
  /// gets both.
  var digestAlgorithms: [DigestAlgorithm] {
    switch self {
    case .conversations, .dino, .gajim, .monal, .other: []
    case .linphone: [.sha256]
    case .baresip, .deskPhone: [.md5]
    case .otherPhone: [.md5, .sha256]
    }
  }
}

extension Accounts {
  /// Derives what is kept of the passwords. Outside of any transaction: SCRAM's derivation takes milliseconds, too long
  /// to hold the ledger's one writer.
  func makeVerifiers(of device: Device, passwords: [Service: DevicePassword]) async throws -> DeviceVerifiers
  {
    let account = try await ledger.read { try requireAccount(device.account, $0) }
    try requireUse(of: device.services, by: account)
    var made = DeviceVerifiers()
    if let password = passwords[.xmpp] {
      for (hash, parameter) in try await scramParameters(of: account.id) {
        made.scram[hash] = try SCRAMVerifier.derive(
          password.secret, hash: hash, salt: parameter.salt, iterations: parameter.iterations)
      }
    }
    if let password = passwords[.sip], let app = device.apps[.sip] {
      for algorithm in app.digestAlgorithms {
        let ha1 = digest(algorithm, of: password, for: account)
        made.digests.append(
          SealedDigest(
            algorithm: algorithm,
            sealed: try key.seal(
              ha1.value, context: SealedDigest.context(device.id, algorithm), random: random)))
      }
    }
    return made
  }

  func digest(_ algorithm: DigestAlgorithm, of password: DevicePassword, for account: Account) -> DigestHA1 {
    DigestHA1(
      algorithm: algorithm, username: account.name.text, realm: rules.domain, password: password.secret)
  }

  /// The salts that a member's devices share, made with the first device.
  private func scramParameters(of id: Account.ID) async throws -> [SCRAMHash: SCRAMParameters] {
    let known = try await ledger.read { try $0.scramParameters(of: id) }
    guard known.isEmpty else { return known }
    return try await ledger.write { writer in
      let account = try requireAccount(id, writer.reader)
      if let refusal = AccountsError.refusal(of: account) { throw refusal }
      let known = try writer.reader.scramParameters(of: id)
      guard known.isEmpty else { return known }
      let made = Dictionary(
        uniqueKeysWithValues: SCRAMHash.allCases.map { ($0, SCRAMParameters.make(random: random)) })
      try writer.setSCRAMParameters(made, of: id)
      return made
    }
  }
}

extension SealedDigest {
  /// Binds a sealed HA1 to its place.
  static func context(_ device: Device.ID, _ algorithm: DigestAlgorithm) -> String {
    "digest_verifiers/\(device)/\(algorithm.rawValue)"
  }
}

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
    case .conversations, .dino, .gajim, .monal, .other, .browser: []
    case .linphone: [.sha256]
    case .baresip, .deskPhone, .browserPhone: [.md5]
    case .otherPhone: [.md5, .sha256]
    }
  }
}

extension Accounts {
  /// Derives what is kept of the passwords. Outside of any transaction: SCRAM's derivation takes milliseconds, too long
  /// to hold the ledger's one writer.
  func makeVerifiers(of device: Device, passwords: [Service: DevicePassword]) async throws -> DeviceVerifiers
  {
    let (account, known) = try await ledger.read { reader in
      (try requireAccount(device.account, reader), try reader.scramParameters(of: device.account))
    }
    try requireUse(of: device.services, by: account)
    var made = DeviceVerifiers()
    if let password = passwords[.xmpp] {
      let parameters = known.isEmpty ? try await makeSCRAMParameters(of: account.id) : known
      // Side by side: they are most of what the member waits for.
      made.scram = try await withThrowingTaskGroup(of: (SCRAMHash, SCRAMVerifier).self) { group in
        for (hash, parameter) in parameters {
          group.addTask {
            let verifier = try SCRAMVerifier.derive(
              password.secret, hash: hash, salt: parameter.salt, iterations: parameter.iterations)
            return (hash, verifier)
          }
        }
        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
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

  private func makeSCRAMParameters(of id: Account.ID) async throws -> [SCRAMHash: SCRAMParameters] {
    try await ledger.write { writer in
      let account = try requireAccount(id, writer.reader)
      if let refusal = AccountsError.refusal(of: account) { throw refusal }
      return try scramParameters(of: id, writer)
    }
  }

  /// The salts that a member's devices share, made when chat is switched on: the chat server knows whoever has some, and
  /// keeps what others write until there is a device.
  @discardableResult
  func scramParameters(of id: Account.ID, _ writer: LedgerWriter) throws -> [SCRAMHash: SCRAMParameters] {
    let known = try writer.reader.scramParameters(of: id)
    guard known.isEmpty else { return known }
    let made = Dictionary(
      uniqueKeysWithValues: SCRAMHash.allCases.map { ($0, SCRAMParameters.make(random: random)) })
    try writer.setSCRAMParameters(made, of: id)
    return made
  }
}

extension SealedDigest {
  /// Binds a sealed HA1 to its place.
  static func context(_ device: Device.ID, _ algorithm: DigestAlgorithm) -> String {
    "digest_verifiers/\(device)/\(algorithm.rawValue)"
  }
}

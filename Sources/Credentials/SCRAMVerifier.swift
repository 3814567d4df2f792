// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
import CryptoExtras
public import Foundation

/// The hash functions of SCRAM that we make verifiers for.
public enum SCRAMHash: String, Sendable, CaseIterable, Codable {
  /// RFC 5802.
  case sha1 = "SHA-1"
  /// RFC 7677.
  case sha256 = "SHA-256"
}

/// What a server keeps of a password for SCRAM (RFC 5802, section 3): enough to check a proof, not enough to
/// make one without guessing the password.
public struct SCRAMVerifier: Sendable, Equatable {
  /// H(HMAC(SaltedPassword, "Client Key")).
  public let storedKey: Data
  /// HMAC(SaltedPassword, "Server Key"); proves the server to the client.
  public let serverKey: Data

  public init(storedKey: Data, serverKey: Data) {
    self.storedKey = storedKey
    self.serverKey = serverKey
  }

  /// Derives the verifier. All devices of a member share salt and iteration count, so that a server can send
  /// them before it knows which device is talking.
  ///
  /// The password must already be in its prepared form (RFC 4013); ours are plain ASCII, which is.
  public static func derive(
    _ password: Secret, hash: SCRAMHash, salt: Data, iterations: Int
  ) throws -> SCRAMVerifier {
    switch hash {
    case .sha1: try derive(Insecure.SHA1.self, .insecureSHA1, password, salt, iterations)
    case .sha256: try derive(SHA256.self, .sha256, password, salt, iterations)
    }
  }

  private static func derive<H: HashFunction>(
    _ type: H.Type, _ function: KDF.Insecure.PBKDF2.HashFunction, _ password: Secret, _ salt: Data,
    _ iterations: Int
  ) throws -> SCRAMVerifier {
    // The minimum that CryptoExtras accepts is for passwords that people choose; ours have 140 bits of entropy,
    // and 4,096 rounds are the least that XMPP clients accept.
    let salted = try KDF.Insecure.PBKDF2.deriveKey(
      from: Data(password.reveal().utf8), salt: salt, using: function,
      outputByteCount: H.Digest.byteCount, unsafeUncheckedRounds: iterations)
    let clientKey = HMAC<H>.authenticationCode(for: Data("Client Key".utf8), using: salted)
    let serverKey = HMAC<H>.authenticationCode(for: Data("Server Key".utf8), using: salted)
    return SCRAMVerifier(
      storedKey: Data(H.hash(data: Data(clientKey))), serverKey: Data(serverKey))
  }
}

/// The salt and iteration count that a member's devices share for one hash.
public struct SCRAMParameters: Sendable, Equatable {
  /// The least that clients accept (RFC 7677, section 4), and enough for passwords of 140 random bits.
  public static let iterations = 4096

  public let salt: Data
  public let iterations: Int

  public init(salt: Data, iterations: Int) {
    self.salt = salt
    self.iterations = iterations
  }

  public static func make(random: RandomBytes) -> SCRAMParameters {
    SCRAMParameters(salt: Data(random(16)), iterations: iterations)
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
import Foundation

/// The algorithms of HTTP and SIP digest (RFC 7616, RFC 8760).
public enum DigestAlgorithm: String, Sendable, CaseIterable, Codable {
  case md5 = "MD5"
  case sha256 = "SHA-256"

  func hexadecimal(_ text: String) -> String {
    let data = Data(text.utf8)
    return switch self {
    case .md5: Insecure.MD5.hash(data: data).map { String(format: "%02x", $0) }.joined()
    case .sha256: SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined()
    }
  }
}

/// H(username ":" realm ":" password) (RFC 7616, section 3.4.2): all that a SIP server needs of a password.
///
/// Unlike a SCRAM verifier it is as good as the password within its realm: whoever reads it can log in there.
public struct DigestHA1: Sendable, Equatable {
  public let algorithm: DigestAlgorithm
  /// Lower-case hexadecimal.
  public let value: Secret

  public init(algorithm: DigestAlgorithm, username: String, realm: String, password: Secret) {
    self.algorithm = algorithm
    self.value = Secret(algorithm.hexadecimal("\(username):\(realm):\(password.reveal())"))
  }

  /// One that was made before.
  /// - Parameter value: lower-case hexadecimal.
  public init(algorithm: DigestAlgorithm, value: Secret) {
    self.algorithm = algorithm
    self.value = value
  }

  /// The response to a challenge with qop `auth` (RFC 7616, section 3.4.1), in lower-case hexadecimal.
  public func response(
    method: String, uri: String, nonce: String, nonceCount: String, clientNonce: String
  ) -> String {
    let a2 = algorithm.hexadecimal("\(method):\(uri)")
    return algorithm.hexadecimal("\(value.reveal()):\(nonce):\(nonceCount):\(clientNonce):auth:\(a2)")
  }
}

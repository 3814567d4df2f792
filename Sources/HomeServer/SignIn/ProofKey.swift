// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
import Crypto
import Foundation

/// Proof key for code exchange (RFC 7636), method S256: whoever steals the code from the browser's address
/// line cannot use it without the verifier, which never leaves us before the exchange.
public struct ProofKey: Sendable, Equatable {
  /// 43 to 128 characters (section 4.1).
  public let verifier: Secret

  /// - Parameter random: 32 to 96 random bytes.
  /// - Throws: `badRequest` for another number.
  public init(random: [UInt8]) throws(HomeServerError) {
    guard (32...96).contains(random.count) else {
      throw HomeServerError(
        .badRequest, cause: "A proof key needs 32 to 96 random bytes.",
        remedy: "This is a mistake in the program.")
    }
    verifier = Secret(random.base64URL)
  }

  /// For a verifier that was stored.
  public init(stored verifier: Secret) { self.verifier = verifier }

  /// What the browser carries to the home server (section 4.2).
  public var challenge: String { Array(SHA256.hash(data: Data(verifier.reveal().utf8))).base64URL }
}

extension [UInt8] {
  /// RFC 4648, section 5, without padding.
  var base64URL: String {
    Data(self).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
      "=", with: "")
  }
}

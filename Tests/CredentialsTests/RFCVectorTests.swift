// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
import Foundation
import Testing

@testable import Credentials

/// The verifiers against the examples that the specifications print.
@Suite struct RFCVectorTests {
  struct Exchange: Sendable {
    let hash: SCRAMHash
    let salt: String
    let authMessage: String
    let proof: String
    let serverSignature: String
  }

  /// RFC 5802, section 5, and RFC 7677, section 3: user "user", password "pencil", 4,096 iterations.
  static let exchanges = [
    Exchange(
      hash: .sha1, salt: "QSXCR+Q6sek8bf92",
      authMessage: "n=user,r=fyko+d2lbbFgONRv9qkxdawL,"
        + "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096,"
        + "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j",
      proof: "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", serverSignature: "rmF9pqV8S7suAoZWja4dJRkFsKQ="),
    Exchange(
      hash: .sha256, salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
      authMessage: "n=user,r=rOprNGfwEbeRWgbNEkqO,"
        + "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
        + "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
      proof: "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
      serverSignature: "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="),
  ]

  @Test(arguments: exchanges) func verifierAcceptsTheProofThatTheRFCPrints(exchange: Exchange) throws {
    let salt = try #require(Data(base64Encoded: exchange.salt))
    let verifier = try SCRAMVerifier.derive(
      Secret("pencil"), hash: exchange.hash, salt: salt, iterations: 4096)
    let message = Data(exchange.authMessage.utf8)
    let proof = try #require(Data(base64Encoded: exchange.proof))
    let (signature, serverSignature): (Data, Data) =
      switch exchange.hash {
      case .sha1:
        (
          mac(Insecure.SHA1.self, verifier.storedKey, message),
          mac(Insecure.SHA1.self, verifier.serverKey, message)
        )
      case .sha256:
        (mac(SHA256.self, verifier.storedKey, message), mac(SHA256.self, verifier.serverKey, message))
      }
    let clientKey = Data(zip(proof, signature).map { $0 ^ $1 })
    let hashed: Data =
      switch exchange.hash {
      case .sha1: Data(Insecure.SHA1.hash(data: clientKey))
      case .sha256: Data(SHA256.hash(data: clientKey))
      }
    #expect(hashed == verifier.storedKey)
    #expect(serverSignature.base64EncodedString() == exchange.serverSignature)
  }

  private func mac<H: HashFunction>(_: H.Type, _ key: Data, _ message: Data) -> Data {
    Data(HMAC<H>.authenticationCode(for: message, using: SymmetricKey(data: key)))
  }

  /// RFC 7616, section 3.9.1. RFC 8760 takes its algorithms over unchanged and prints no exchange of its own.
  @Test(arguments: [
    (DigestAlgorithm.md5, "8ca523f5e9506fed4657c9700eebdbec"),
    (.sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
  ]) func digestAnswersAsTheRFCPrints(algorithm: DigestAlgorithm, response: String) {
    let ha1 = DigestHA1(
      algorithm: algorithm, username: "Mufasa", realm: "http-auth@example.org",
      password: Secret("Circle of Life"))
    let answer = ha1.response(
      method: "GET", uri: "/dir/index.html", nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
      nonceCount: "00000001", clientNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
    #expect(answer == response)
  }
}

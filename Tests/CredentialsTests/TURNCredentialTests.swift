// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import Credentials

@Suite("TURN credentials") struct TURNCredentialTests {
  /// Made with OpenSSL: `printf NAME | openssl dgst -sha1 -hmac SECRET -binary | base64`
  @Test(
    "are what coturn computes from the secret",
    arguments: [
      (
        "north", "abcdefghjkmnpq01", 1_700_000_000, "1700000000:abcdefghjkmnpq01",
        "bqj4ipCrijklozFPEGi/rFCbmfw="
      ),
      ("", "0000000000000000", 0, "0:0000000000000000", "M4sFX5SYgYPZsux9yobj4wB/lcI="),
      (
        "a secret that is longer than the sixty-four bytes of a block of SHA-1", "zzzzzzzzzzzzzzzz",
        4_102_444_800,
        "4102444800:zzzzzzzzzzzzzzzz", "jMlv0PAhxL2VHuAWCMdXt2E8bKI="
      ),
    ])
  func vectors(secret: String, device: String, expiry: Int, username: String, password: String) {
    let credential = TURNCredential(
      secret: Secret(secret), device: device, expiry: Date(timeIntervalSince1970: TimeInterval(expiry)))
    #expect(credential.username == username)
    #expect(credential.password.reveal() == password)
  }

  @Test("expire on whole seconds, never later than asked for")
  func roundsDown() {
    let credential = TURNCredential(
      secret: Secret("north"), device: "abcdefghjkmnpq01",
      expiry: Date(timeIntervalSince1970: 1_700_000_000.9))
    #expect(credential.username == "1700000000:abcdefghjkmnpq01")
  }

  @Test("show no password when printed")
  func redacted() {
    let credential = TURNCredential(
      secret: Secret("north"), device: "abcdefghjkmnpq01", expiry: .distantFuture)
    #expect(!"\(credential)".contains(credential.password.reveal()))
  }
}

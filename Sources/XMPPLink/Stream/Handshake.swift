// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Crypto

/// How a component shows that it knows the secret (XEP-0114, section 3): the SHA-1 of the stream's id and the secret, in
/// lower-case hexadecimal. The secret goes in as it is: the section would have XML's special characters escaped first, which
/// Prosody does not; a secret without them is the same either way.
enum Handshake {
  static func text(stream id: String, secret: Secret) -> String {
    let digest = Insecure.SHA1.hash(data: Array((id + secret.reveal()).utf8))
    let digits = Array("0123456789abcdef")
    return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
import Foundation

/// One webhook on its way: the bytes as they were when the event happened.
struct WebhookMessage: Sendable, Equatable {
  let event: String
  let url: String
  let secret: String
  let body: Data

  /// The value of `X-Hub-Signature`: HMAC-SHA-256 of the raw body, in hex.
  var signature: String {
    let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Data(secret.utf8)))
    return "sha256=" + code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

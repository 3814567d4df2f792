// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
import Foundation

/// Time-based one-time passwords: six digits, 30 seconds, SHA-1 (RFC 6238).
struct TOTP {
  private let key: SymmetricKey

  /// Reads a base32 secret (RFC 4648, section 6; case and padding do not matter).
  /// - Returns: nil for anything that is not base32.
  init?(base32 secret: String) {
    var bytes: [UInt8] = []
    var (buffer, bits) = (0, 0)
    for character in secret.uppercased() where character != "=" {
      guard let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".firstIndex(of: character) else { return nil }
      buffer = (buffer << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".distance(from: "A".startIndex, to: value)
      bits += 5
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(buffer >> bits & 0xFF))
        buffer &= (1 << bits) - 1
      }
    }
    guard !bytes.isEmpty else { return nil }
    key = SymmetricKey(data: bytes)
  }

  /// The code of one 30-second step since 1970.
  func code(step: Int) -> String {
    let counter = withUnsafeBytes(of: UInt64(step).bigEndian) { Data($0) }
    let hash = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: key))
    let offset = Int(hash[19] & 0x0F)
    let number =
      (Int(hash[offset] & 0x7F) << 24) | (Int(hash[offset + 1]) << 16) | (Int(hash[offset + 2]) << 8)
      | Int(hash[offset + 3])
    return String(repeating: "0", count: max(0, 6 - String(number % 1_000_000).count))
      + String(number % 1_000_000)
  }

  /// The step that a code belongs to, one step of clock drift allowed on both sides.
  /// - Parameter last: the step of the last accepted code; that one and older ones are refused.
  func step(of code: String, now: Date, after last: Int?) -> Int? {
    let current = Int(now.timeIntervalSince1970) / 30
    let given = code.filter { !$0.isWhitespace }
    return (current - 1...current + 1).first { $0 > last ?? Int.min && self.code(step: $0) == given }
  }
}

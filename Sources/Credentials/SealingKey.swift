// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
public import Foundation

/// Encrypts what must be read again later, such as the home server's tokens, before it reaches a disk.
///
/// AES-256-GCM. The context (a table and a row, say) is authenticated: a sealed value that was copied to
/// another place does not open there.
public struct SealingKey: Sendable {
  private let key: SymmetricKey

  /// - Parameter base64: 32 bytes in base 64, as the key file holds them.
  /// - Returns: `nil` if that is not what the text is.
  public init?(base64: Secret) {
    let text = base64.reveal().trimmingCharacters(in: .whitespacesAndNewlines)
    guard let data = Data(base64Encoded: text), data.count == 32 else { return nil }
    key = SymmetricKey(data: data)
  }

  public init(random: RandomBytes) { key = SymmetricKey(data: Data(random(32))) }

  /// The key that a secret of full entropy gives for one purpose (HKDF, RFC 5869): whoever has the secret can make
  /// it again, and it says nothing of the secret.
  public init(from secret: Secret, for purpose: String) {
    key = HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: Data(secret.reveal().utf8)), info: Data(purpose.utf8),
      outputByteCount: 32)
  }

  public func seal(_ secret: Secret, context: String, random: RandomBytes) throws -> Data {
    let nonce = try AES.GCM.Nonce(data: Data(random(12)))
    let box = try AES.GCM.seal(
      Data(secret.reveal().utf8), using: key, nonce: nonce, authenticating: Data(context.utf8))
    guard let combined = box.combined else { throw CryptoKitError.incorrectParameterSize }
    return combined
  }

  public func open(_ sealed: Data, context: String) throws -> Secret {
    let box = try AES.GCM.SealedBox(combined: sealed)
    let data = try AES.GCM.open(box, using: key, authenticating: Data(context.utf8))
    return Secret(String(decoding: data, as: UTF8.self))
  }

  /// A value that only the holder of this key can make for this text: for CSRF tokens and decoy salts.
  public func code(for text: String, context: String) -> Data {
    Data(HMAC<SHA256>.authenticationCode(for: Data("\(context)\u{0}\(text)".utf8), using: key))
  }

  /// Whether the code is the one for this text, compared in constant time.
  public func isCode(_ code: Data, for text: String, context: String) -> Bool {
    constantTimeEqual(code, self.code(for: text, context: context))
  }
}

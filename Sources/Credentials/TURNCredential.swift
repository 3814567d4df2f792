// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
public import Foundation

/// What a device shows a TURN server, good until it expires (draft-uberti-behave-turn-rest-00, section 2.2).
///
/// The TURN server knows only the secret. The device stands in the user name so that what it has can be found and ended
/// when it is revoked: an expiry alone does not end an allocation that is being refreshed.
public struct TURNCredential: Sendable, Equatable {
  /// Whole seconds since 1970, a colon, and the device's id.
  public let username: String
  /// base64 of HMAC-SHA1 over the user name.
  public let password: Secret

  /// - Parameters:
  ///   - secret: shared with the TURN server.
  ///   - device: a device's id: sixteen letters and digits, never a colon.
  ///   - expiry: from when on the TURN server refuses it.
  public init(secret: Secret, device: String, expiry: Date) {
    username = "\(Int64(expiry.timeIntervalSince1970.rounded(.down))):\(device)"
    let key = SymmetricKey(data: Data(secret.reveal().utf8))
    let code = HMAC<Insecure.SHA1>.authenticationCode(for: Data(username.utf8), using: key)
    password = Secret(Data(code).base64EncodedString())
  }
}

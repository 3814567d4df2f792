// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
public import Foundation

/// What we store of a secret that is shown to us again and has full entropy (a session cookie, an OAuth state):
/// its SHA-256. Whoever reads the ledger cannot use it.
public struct Fingerprint: Sendable, Hashable {
  public let bytes: Data

  public init(of secret: Secret) { bytes = Data(SHA256.hash(data: Data(secret.reveal().utf8))) }
  public init(bytes: Data) { self.bytes = bytes }
}

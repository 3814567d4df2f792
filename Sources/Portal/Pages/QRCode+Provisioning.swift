// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation

extension QRCode {
  /// What Conversations reads: address and password as one JSON object.
  init(provisioning handle: Handle, password: Secret) throws {
    let fields = ["protocol": "xmpp", "address": handle.description, "password": password.reveal()]
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try self.init(text: String(decoding: encoder.encode(fields), as: UTF8.self))
  }
}

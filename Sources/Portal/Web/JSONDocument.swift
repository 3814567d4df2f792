// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// JSON that is the same for the same content, so that its hash is, too.
enum JSONDocument {
  static func encode(_ value: [String: Any]) throws -> Data {
    try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes])
  }
}

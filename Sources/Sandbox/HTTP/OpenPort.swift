// SPDX-License-Identifier: AGPL-3.0-or-later

import Synchronization

/// The port that was taken when any free one would do; known once the server listens.
final class OpenPort: Sendable {
  private let number = Mutex<Int?>(nil)

  var value: Int? { number.withLock { $0 } }

  func open(_ port: Int?) { number.withLock { $0 = port } }
}

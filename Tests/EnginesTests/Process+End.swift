// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

extension Process {
  /// Ends it for good and waits for that.
  ///
  /// Not by SIGTERM: the threads that tests run on block signals, a child inherits that, and would never hear it.
  func end() {
    kill(processIdentifier, SIGKILL)
    waitUntilExit()
  }
}

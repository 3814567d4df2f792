// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Foundation

extension FailPoints {
  /// For tests of crashes: `TRUNKLINE_FAIL_POINT=after-ledger` ends the process there as `kill -9` would. An admin has
  /// no use for it, and it does nothing that an admin could not do with `kill`.
  static func fromEnvironment(_ environment: [String: String]) -> FailPoints {
    guard let wanted = environment["TRUNKLINE_FAIL_POINT"].flatMap(FailPoint.init(rawValue:)) else {
      return .none
    }
    return FailPoints { point in
      if point == wanted { kill(getpid(), SIGKILL) }
    }
  }
}

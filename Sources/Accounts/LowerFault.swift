// SPDX-License-Identifier: AGPL-3.0-or-later

import Engines
import Storage

/// Something below the use cases that went wrong: the ledger or an engine's database. Whoever stands above needs to
/// know no more of it than this.
public struct LowerFault: Sendable, CustomStringConvertible {
  /// For the log and for admins; holds no secret.
  public let description: String

  /// - Returns: `nil` if the error is none of these.
  public init?(_ error: any Error) {
    switch error {
    case let error as StorageError: description = error.description
    case let error as EngineError: description = error.description
    default: return nil
    }
  }
}

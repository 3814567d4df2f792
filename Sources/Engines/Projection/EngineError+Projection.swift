// SPDX-License-Identifier: AGPL-3.0-or-later

import GRDB

extension EngineError {
  init(projection error: any Error, title: String, file: String) {
    if let error = error as? EngineError {
      self = error
      return
    }
    switch (error as? DatabaseError)?.resultCode {
    // The last two: a table is missing, or something is there that cannot be.
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_CONSTRAINT:
      self.init(
        .projectionDamaged, cause: "\(title) \(file) is damaged.",
        remedy: "“trunkline prepare” makes it again from the ledger.")
    case .SQLITE_FULL:
      self.init(
        .projectionUnwritable, cause: "The disk that holds \(file) is full.", remedy: "Free some room.")
    default:
      self.init(
        .projectionUnwritable, cause: "\(title) \(file) cannot be written.",
        remedy: "Check that its folder belongs to the user that Trunkline runs as.")
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts

/// The refusals of web sessions, in fewer words than the pages have: scripts read them.
enum WebProblem {
  /// Whatever keeps a member out is one thing to a script.
  static func explaining<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error as AccountsError {
      switch error.code {
      case .keptOut, .disabledHere, .beingDeleted, .nameTaken:
        throw APIProblem(.keptOut, cause: error.cause, remedy: error.remedy)
      default: throw error
      }
    }
  }
}

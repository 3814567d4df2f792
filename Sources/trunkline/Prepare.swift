// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import ArgumentParser
import Engines
import Logging

/// `trunkline prepare`
struct Prepare: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make ready what the engines read; run it before they start.",
    discussion: """
      Makes or updates the ledger, and makes the chat server's database if it is missing, damaged or behind. Its
      files must have been opened by their owner before the chat server reads them: the service unit does that.
      """)

  @OptionGroup var common: CommonOptions

  func run() async throws {
    try await Failure.explained {
      let workplace = try Workplace.open(try common.settings(), log: Logger.forCommand())
      let position = try await workplace.projector.prepare()
      print("The chat server's database is ready (\(position)).")
    }
  }
}

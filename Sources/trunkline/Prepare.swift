// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import ArgumentParser
import Directory
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
      let positions = try await workplace.projections.prepare()
      for (service, position) in positions.sorted(by: { $0.key.rawValue > $1.key.rawValue }) {
        print("\(service.engineTitle)'s database is ready (\(position)).")
      }
    }
  }
}

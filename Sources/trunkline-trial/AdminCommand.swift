// SPDX-License-Identifier: AGPL-3.0-or-later

import ArgumentParser
import Foundation
import Trial

struct AdminCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "admin", abstract: "Run the daemon's command line on this trial: admin accounts list",
    discussion: """
      As the daemon's user and with the trial's configuration. For a trial with a name in the local network, name it first:
      admin --lan trial.home.arpa accounts list
      """)

  @Argument(parsing: .captureForPassthrough)
  var arguments: [String] = []

  func run() async throws {
    try await reporting {
      // All that follows is the daemon's command line, so this one option is looked for by hand.
      let isNamed = arguments.count > 1 && arguments[0] == "--lan"
      try AdminCommandLine.become(
        isNamed ? Array(arguments[2...]) : arguments,
        layout: Trial.layout(
          environment: ProcessInfo.processInfo.environment, name: isNamed ? arguments[1] : nil))
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import ArgumentParser
import Foundation
import Trial

struct AdminCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "admin", abstract: "Run the daemon's command line on this trial: admin accounts list",
    discussion: "As the daemon's user and with the trial's configuration.")

  @Argument(parsing: .captureForPassthrough)
  var arguments: [String] = []

  func run() async throws {
    try await reporting {
      try AdminCommandLine.become(
        arguments, layout: Trial.layout(environment: ProcessInfo.processInfo.environment))
    }
  }
}

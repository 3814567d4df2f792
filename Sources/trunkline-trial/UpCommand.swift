// SPDX-License-Identifier: AGPL-3.0-or-later

import ArgumentParser
import Foundation
import Trial

struct UpCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up", abstract: "Start everything and keep it running until Ctrl-C.",
    discussion: "A second Ctrl-C ends everything by force.")

  @Option(help: ArgumentHelp("Write a JSON file when all is ready: ports, hosts, paths.", valueName: "file"))
  var jsonReady: String?

  @OptionGroup var network: NetworkOptions

  func run() async throws {
    try await reporting {
      let trial = try Trial(environment: ProcessInfo.processInfo.environment, name: network.lan)
      try await trial.run(readyFile: jsonReady, newcomer: SandboxSeam.newcomer)
    }
  }
}

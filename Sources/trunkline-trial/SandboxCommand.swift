// SPDX-License-Identifier: AGPL-3.0-or-later

import ArgumentParser
import Foundation
import Trial

struct SandboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox", abstract: "The sandbox home server alone; “up” starts it.")

  @Option(help: "The state folder of the trial.")
  var state: String

  @Option(help: "What is added to each port.")
  var portOffset = 0

  func run() async throws {
    try await reporting {
      try await SandboxSeam.serve(
        layout: try StateLayout(root: state), ports: try PortPlan(offset: portOffset),
        files: ProcessInfo.processInfo.environment["TRUNKLINE_TRIAL_FILES"])
    }
  }
}

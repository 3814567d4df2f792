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

  @Option(help: "The domain of its members.")
  var domain = TrialHosts.loopback.domain

  func run() async throws {
    try await reporting {
      try await SandboxSeam.serve(
        layout: try StateLayout(root: state), ports: try PortPlan(offset: portOffset),
        hosts: TrialHosts(domain: domain),
        files: ProcessInfo.processInfo.environment["TRUNKLINE_TRIAL_FILES"])
    }
  }
}

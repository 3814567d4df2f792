// SPDX-License-Identifier: AGPL-3.0-or-later

import Trial

/// Where the trial meets the sandbox home server.
enum SandboxSeam {
  static let newcomer = Trial.Newcomer(name: "alice", password: "fediverse-trial")

  static func serve(layout: StateLayout, ports: PortPlan) async throws {
    throw TrialError(code: .missing, cause: "The sandbox home server is not built.", remedy: "Build it.")
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import ArgumentParser

@main
struct Main: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trunkline-trial",
    abstract: "Runs all of Trunkline on this machine, with a sandbox home server, to try and to test it.",
    discussion: """
      TRUNKLINE_STATE names the state folder (.trial in the checkout), TRUNKLINE_PORT_OFFSET moves every port.
      """,
    subcommands: [UpCommand.self, StatusCommand.self, AdminCommand.self, SandboxCommand.self],
    defaultSubcommand: UpCommand.self)
}

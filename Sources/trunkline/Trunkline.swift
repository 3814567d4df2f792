// SPDX-License-Identifier: AGPL-3.0-or-later

import ArgumentParser

@main
struct Trunkline: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trunkline",
    abstract: "Chat (XMPP) and calls (SIP) for a Mastodon server, at its members' addresses.",
    discussion: """
      The daemon (“trunkline serve”) has the portal, where members add their devices. The chat server reads its own
      database and never asks the daemon, so every other command works with the daemon up or down.

      Commands work as the user that owns the ledger: run them as that user, or as root.
      """,
    version: "0.1.0",
    subcommands: [
      Serve.self, Prepare.self, Status.self, AccountsCommand.self, DevicesCommand.self, ConfigCommand.self,
      EnginesCommand.self,
    ])
}

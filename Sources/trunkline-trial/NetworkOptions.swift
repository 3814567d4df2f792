// SPDX-License-Identifier: AGPL-3.0-or-later

import ArgumentParser

/// Which trial is meant: that of this machine alone, or one with a name in the local network.
struct NetworkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Make the trial reachable for phones in the same network, under this name.",
      discussion: """
        The name, and chat., upload. and rooms. in front of it, must lead to this machine. The trial has a state folder and a
        test authority of its own for each name.
        """, valueName: "name"))
  var lan: String?
}

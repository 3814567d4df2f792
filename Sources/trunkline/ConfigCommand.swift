// SPDX-License-Identifier: AGPL-3.0-or-later

import ArgumentParser
import Credentials
import Foundation
import Settings

/// `trunkline config …`
struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Check and show the configuration.",
    subcommands: [Check.self, Show.self])

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read the configuration and say all that is wrong with it.",
      discussion: "Ends with 0 if nothing is. Nothing is started or changed.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
      try await Failure.explained {
        let settings = try common.settings()
        guard SealingKey(base64: try Secret(file: settings.keyFile, for: "key_file")) != nil else {
          throw Failure(
            cause: "key_file: \(settings.keyFile.path) does not hold 32 bytes in base 64.",
            remedy: "Make it with: openssl rand -base64 32")
        }
        for (key, file) in [
          ("home_server.admin_token_file", settings.homeServer.adminTokenFile),
          ("home_server.webhook_secret_file", settings.homeServer.webhookSecretFile),
          ("xmpp.component_secret_file", settings.xmpp.componentSecretFile),
          ("sip.control_token_file", settings.sip?.controlTokenFile),
          ("turn.secret_file", settings.turn?.secretFile),
          ("turn.control_password_file", settings.turn?.controlPasswordFile),
        ] {
          if let file { _ = try Secret(file: file, for: key) }
        }
        print("\(common.config) is right.")
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show every key with the value in force, where it comes from and what it is for.",
      discussion: "Secrets stand in files of their own; only the names of the files are shown.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
      try await Failure.explained {
        let listing = try common.file().listing
        if output.json {
          return try Output.json(
            listing.map {
              ["key": $0.setting.key, "value": $0.value, "from": $0.place, "about": $0.setting.summary]
            })
        }
        for (setting, value, place) in listing {
          print("# \(setting.summary)")
          print("\(setting.key): \(value ?? "")  (\(place))\n")
        }
      }
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import ArgumentParser
import Credentials
import Engines
import Foundation
import Settings

/// `trunkline engines …`
struct EnginesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engines", abstract: "Write the engines' configuration.", subcommands: [Write.self])

  struct Write: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the engines' configuration from Trunkline's.",
      discussion: """
        Writes prosody/prosody.cfg.lua, nginx/nginx.conf (an nginx of its own), and for a site that runs an nginx already
        nginx/trunkline.conf and nginx/home-server.conf (chat in the home server's pages) into the folder; with calls also kamailio/kamailio.cfg, kamailio/tls.cfg and
        rtpengine/rtpengine.conf, and with TURN coturn/turnserver.conf. Files that are there are replaced. No secret is in
        them but in coturn's, which only its group “turnserver” may read; prosody/component.secret and prosody/turn.secret are
        copies for Prosody's group.
        """)

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("The folder to write to; made if missing.", valueName: "folder")) var to:
      String

    func run() async throws {
      try await Failure.explained {
        let settings = try common.settings()
        let share = try InstalledFiles.folder(
          environment: ProcessInfo.processInfo.environment,
          executable: URL(filePath: "/proc/self/exe").resolvingSymlinksInPath())
        let folder = URL(filePath: to).absoluteURL
        // All is rendered before anything is written.
        let files = try Self.files(settings, share: share, folder: folder, capacity: .here)
        for file in files.sorted(by: { $0.name < $1.name }) {
          print(try file.write(below: folder).path)
        }
      }
    }

    static func files(
      _ settings: Settings, share: URL, folder: URL, capacity: MachineCapacity
    ) throws -> [EngineFile] {
      let template = share.appending(path: "prosody/prosody.cfg.lua.mustache")
      guard let text = try? String(contentsOf: template, encoding: .utf8) else {
        throw Failure(cause: "\(template.path) cannot be read.", remedy: "Install Trunkline again.")
      }
      var files = [
        EngineFile(
          name: "prosody/prosody.cfg.lua",
          text: try ProsodyConfiguration(settings, share: share, folder: folder).render(template: text))
      ]
      let component = try Secret(file: settings.xmpp.componentSecretFile, for: "xmpp.component_secret_file")
      files.append(
        EngineFile(
          name: ProsodyConfiguration.componentSecret, text: component.reveal() + "\n", secretOf: "prosody"))
      if let nginx = NginxConfiguration(settings) {
        files += try nginx.render(NginxTemplates(share: share)).map {
          EngineFile(name: "nginx/\($0.key)", text: $0.value)
        }
      }
      let kamailio = try KamailioConfiguration(
        settings, share: share, folder: folder.appending(path: "kamailio"), capacity: capacity)
      if let kamailio {
        files += try kamailio.render(share: share).map {
          EngineFile(name: "kamailio/\($0.key)", text: $0.value)
        }
      }
      if let rtpengine = RTPEngineConfiguration(settings, capacity: capacity) {
        files.append(EngineFile(name: "rtpengine/rtpengine.conf", text: try rtpengine.render(share: share)))
      }
      if let coturn = try CoturnConfiguration(settings, capacity: capacity) {
        files.append(
          EngineFile(
            name: "coturn/turnserver.conf", text: try coturn.render(share: share), secretOf: "turnserver"))
      }
      if let turn = settings.turn {
        let secret = try Secret(file: turn.secretFile, for: "turn.secret_file")
        files.append(
          EngineFile(
            name: ProsodyConfiguration.turnSecret, text: secret.reveal() + "\n", secretOf: "prosody"))
      }
      return files
    }
  }
}

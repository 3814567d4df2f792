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
      abstract: "Write Prosody's and nginx's configuration from Trunkline's.",
      discussion: """
        Writes prosody/prosody.cfg.lua, nginx/nginx.conf (an nginx of its own) and nginx/trunkline.conf (for a site that
        runs an nginx already) into the folder. Files that are there are replaced. No secret is in them.
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
        let folder = URL(filePath: to)
        let template = share.appending(path: "prosody/prosody.cfg.lua.mustache")
        guard let text = try? String(contentsOf: template, encoding: .utf8) else {
          throw Failure(cause: "\(template.path) cannot be read.", remedy: "Install Trunkline again.")
        }
        var files = [
          "prosody/prosody.cfg.lua": try ProsodyConfiguration(settings, share: share).render(template: text)
        ]
        if let nginx = NginxConfiguration(settings) {
          for (name, text) in try nginx.render(NginxTemplates(share: share)) { files["nginx/\(name)"] = text }
        }
        for (name, text) in files.sorted(by: { $0.key < $1.key }) {
          let file = folder.appending(path: name)
          do {
            try FileManager.default.createDirectory(
              at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file, options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
          } catch {
            throw Failure(
              cause: "\(file.path) cannot be written.", remedy: "Name a folder that you may write to.")
          }
          print(file.path)
        }
      }
    }
  }
}

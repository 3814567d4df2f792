// SPDX-License-Identifier: AGPL-3.0-or-later

import ArgumentParser
import Foundation
import Settings

/// What every command takes.
struct CommonOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "The configuration file.",
      discussion: "Single keys can be overridden by variables such as TRUNKLINE__PORTAL__LISTEN.",
      valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var config = "/etc/trunkline/trunkline.yaml"

  func file() throws -> SettingsFile {
    try SettingsFile.load(URL(filePath: config), environment: ProcessInfo.processInfo.environment)
  }

  func settings() throws -> Settings { Settings(try file()) }
}

/// For commands that print something that a program may want to read.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print JSON instead of text.")
  var json = false
}

enum Output {
  /// Prints a value as JSON, with sorted keys and times in ISO 8601.
  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// Prints columns, aligned.
  static func table(_ header: [String], _ rows: [[String]]) {
    let lines = [header] + rows
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    for line in lines {
      let cells = zip(line, widths).map {
        $0.padding(toLength: max($1, $0.count), withPad: " ", startingAt: 0)
      }
      print(cells.joined(separator: "  ").replacing(/\s+$/, with: ""))
    }
  }
}

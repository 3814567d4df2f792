// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import Settings

/// Holds the reference and the example file against the one table of settings.
@Suite struct ReferenceTests {
  private static let checkout = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: checkout.appending(path: path), encoding: .utf8)
  }

  @Test(arguments: Setting.all.map(\.key)) func everyKeyIsInTheReference(key: String) throws {
    let setting = try #require(Setting.named[key])
    let lines = try Self.text("docs/configuration.md").split(separator: "\n").map(String.init)
    let standing =
      switch setting.need {
      case .always: "required"
      case .with(let flag): "required with `\(flag)`"
      case .never: setting.fallback.map { "`\($0)`" } ?? "–"
      }
    let row =
      "| `\(key)` | \(setting.kind.words) | \(standing) | `\(setting.variable)` | \(setting.summary) |"
    #expect(lines.contains(row))
  }

  @Test func theReferenceHasNoOtherKeys() throws {
    let rows = try Self.text("docs/configuration.md").matches(of: #/(?m)^\| `([a-z0-9_.]+)` \|/#).map {
      String($0.1)
    }
    #expect(rows == Setting.all.map(\.key))
  }

  @Test func theExampleIsRightAsItStands() throws {
    let file = try SettingsFile(
      yaml: Self.text("dist/trunkline.example.yaml"), name: "example", environment: [:])
    #expect(Settings(file).domain == "example.social")
  }

  @Test func theExampleShowsEveryKeyWithItsDefault() throws {
    let text = try Self.text("dist/trunkline.example.yaml")
    // Prose begins with “# ”; a key that is commented out begins right behind the # or two spaces after it.
    let opened = text.replacing(#/(?m)^#((?:  )?[a-z0-9_]+:)/#) { $0.1 }
    let file = try SettingsFile(yaml: opened, name: "example", environment: [:])
    #expect(Set(file.entries.keys) == Set(Setting.all.map(\.key)))

    let given = try SettingsFile(yaml: text, name: "example", environment: [:]).entries
    for setting in Setting.all where given[setting.key] == nil {
      guard let fallback = setting.fallback else { continue }
      #expect(file.values(setting.key).joined(separator: " ") == fallback, "\(setting.key)")
    }
  }
}

extension Setting.Kind {
  /// As the reference says it.
  fileprivate var words: String {
    switch self {
    case .hostName: "host name"
    case .origin: "https origin"
    case .upstream: "http upstream"
    case .path: "absolute path"
    case .listen: "address:port"
    case .addresses: "IP addresses"
    case .ownAddresses: "own IP addresses"
    case .address: "IP address"
    case .contacts: "addresses of people"
    case .ports: "range of ports"
    case .identifier: "id"
    case .flag: "`yes` or `no`"
    case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
    }
  }
}

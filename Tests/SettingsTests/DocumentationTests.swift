// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

/// Holds the documents against the sources that they name.
@Suite struct DocumentationTests {
  private static let checkout = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: checkout.appending(path: path), encoding: .utf8)
  }

  @Test func everyTestThatTheSecurityModelNamesIsThere() throws {
    let named = try Self.text("docs/security.md").matches(of: #/`([\w\/.]+)::(\w+)`/#)
    #expect(named.count > 50)
    for match in named {
      let source = try #require(try? Self.text(String(match.1)), "there is no file \(match.1)")
      let isThere = ["func ", "def "].contains { source.contains("\($0)\(match.2)(") }
      #expect(isThere, "\(match.1) has no test \(match.2)")
    }
  }

  @Test(arguments: [
    "README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/admin.md",
    "docs/cli.md", "docs/configuration.md", "docs/discovery.md", "docs/embedding.md", "docs/home-servers.md",
    "docs/security.md",
    "docs/specifications.md", "docs/trial.md",
    "docs/web-sessions.md",
  ])
  func everyLinkWithinTheProjectLeadsSomewhere(document: String) throws {
    let folder = Self.checkout.appending(path: document).deletingLastPathComponent()
    // Pictures are drawn by a run of the tests, so they may come later.
    for match in try Self.text(document).matches(of: #/\]\(([^)#]+)(?:#[^)]*)?\)/#)
    where !match.1.contains("://") && !match.1.hasSuffix(".png") {
      let target = folder.appending(path: String(match.1)).standardizedFileURL
      #expect(FileManager.default.fileExists(atPath: target.path), "\(document): \(match.1)")
    }
  }
}

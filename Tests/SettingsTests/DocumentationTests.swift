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

  @Test func everyFileOfTestsThatADocumentNamesIsThere() throws {
    for document in try Self.documents() {
      let named = #/`((?:e2e|web\/test|Tests)\/[\w\/.-]+\.(?:py|js|swift))/#
      for match in try Self.text(document).matches(of: named) {
        let file = Self.checkout.appending(path: String(match.1))
        #expect(FileManager.default.fileExists(atPath: file.path), "\(document): \(match.1)")
      }
    }
  }

  @Test func everyLinkWithinTheProjectLeadsSomewhere() throws {
    for document in try Self.documents() { try checkLinks(in: document) }
  }

  /// All of them, by their paths.
  private static func documents() throws -> [String] {
    try ["", "docs/"].flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: checkout.appending(path: folder).path)
        .filter { $0.hasSuffix(".md") }.map { folder + $0 }
    }
  }

  private func checkLinks(in document: String) throws {
    let folder = Self.checkout.appending(path: document).deletingLastPathComponent()
    for match in try Self.text(document).matches(of: #/\]\(([^)#]+)(?:#[^)]*)?\)/#)
    where !match.1.contains("://") {
      let target = folder.appending(path: String(match.1)).standardizedFileURL
      #expect(FileManager.default.fileExists(atPath: target.path), "\(document): \(match.1)")
    }
  }
}

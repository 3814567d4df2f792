// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation
import Mustache

/// A template of the share folder, with the names that it may use.
///
/// Mustache writes nothing for a name that it does not know, and an engine would take a default for it: a template that
/// asks for more than the program knows is refused.
public struct EngineTemplate: Sendable {
  let name: String
  private let text: String

  /// - Parameter name: the path within the share folder, without `.mustache`.
  /// - Throws: ``EngineError`` `configuration` if there is no such template.
  public init(share: URL, _ name: String) throws {
    let file = share.appending(path: name + ".mustache")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw EngineError(
        .configuration, cause: "The template \(file.path) is missing.",
        remedy: "Install Trunkline's share folder again.")
    }
    self.init(name, text: text)
  }

  init(_ name: String, text: String) {
    self.name = name
    self.text = text
  }

  /// - Parameter optional: names that have no value now, but may have one.
  func render(_ values: [String: Any], optional: Set<String> = []) throws -> String {
    let known = Set(values.keys).union(optional)
    for match in text.matches(of: #/\{\{\{?[#^\/&]?\s*([A-Za-z0-9]+)\s*\}?\}\}/#) {
      guard known.contains(String(match.1)) else { throw strange("it asks for “\(match.1)”") }
    }
    do {
      return try MustacheTemplate(string: text).render(values)
    } catch {
      throw strange("\(error)")
    }
  }

  private func strange(_ detail: String) -> EngineError {
    EngineError(
      .configuration, cause: "The template \(name) does not fit this program: \(detail).",
      remedy: "Install Trunkline again: its program and its share folder must be of one version.")
  }
}

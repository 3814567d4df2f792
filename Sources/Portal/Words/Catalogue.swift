// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// Every word that a member reads, in one language.
struct Catalogue: Sendable {
  let language = "en"
  let direction = "ltr"
  private let root: Phrase

  init(share: URL) throws {
    let file = share.appending(path: "portal/strings/en.json")
    root = try JSONDecoder().decode(Phrase.self, from: Data(contentsOf: file))
  }

  /// The words of a page.
  func section(_ path: String, _ values: [String: String]) -> [String: Any] {
    piece(path)?.filled(values) as? [String: Any] ?? [:]
  }

  /// One text; the path itself where it is missing, so that a gap is seen and does not hide.
  func text(_ path: String, _ values: [String: String] = [:]) -> String {
    piece(path)?.filled(values) as? String ?? path
  }

  func list(_ path: String, _ values: [String: String] = [:]) -> [String] {
    piece(path)?.filled(values) as? [String] ?? (piece(path)?.filled(values) as? [Any])?.compactMap {
      $0 as? String
    } ?? []
  }

  func has(_ path: String) -> Bool { piece(path) != nil }

  private func piece(_ path: String) -> Phrase? {
    path.split(separator: ".").reduce(root) { piece, name in piece?[String(name)] }
  }
}

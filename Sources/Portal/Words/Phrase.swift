// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// A piece of the catalogue: a text, a list, a flag, or pieces by name.
enum Phrase: Sendable, Equatable, Decodable {
  case text(String)
  case flag(Bool)
  case list([Phrase])
  case group([String: Phrase])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([Phrase].self) {
      self = .list(list)
    } else {
      self = .group(try container.decode([String: Phrase].self))
    }
  }

  subscript(name: String) -> Phrase? {
    if case .group(let pieces) = self { pieces[name] } else { nil }
  }

  /// As a template takes it, with every `{name}` replaced. What is filled in is text: the template escapes it.
  func filled(_ values: [String: String]) -> Any {
    switch self {
    case .text(let text): Phrase.fill(text, values)
    case .flag(let flag): flag
    case .list(let list): list.map { $0.filled(values) }
    case .group(let pieces): pieces.mapValues { $0.filled(values) }
    }
  }

  /// One pass over the text: a value that holds braces itself is not looked at again.
  static func fill(_ text: String, _ values: [String: String]) -> String {
    text.replacing(#/\{([a-z_]+)\}/#) { values[String($0.1)] ?? String($0.0) }
  }
}

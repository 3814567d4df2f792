// SPDX-License-Identifier: AGPL-3.0-or-later

import Mustache

/// Escapes by Unicode scalar. The library's own HTML escaping goes by what a reader sees as one character: a quote
/// with a combining accent behind it is another character than a quote, and would pass.
struct StrictHTML: MustacheContentType {
  static let name = "STRICT"

  func escapeText(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
      case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
      case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
      case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
      case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }
}

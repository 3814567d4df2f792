// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// The lines of a script that a browser needs: without those that are comments, without indentation.
///
/// A third of the text in `web/` are comments. Only whole lines go, so that nothing has to be known of strings and regular
/// expressions: a line that begins with `//` or `/*` begins a comment wherever it stands, but for templates that go over
/// several lines. Those are refused.
enum ScriptLines {
  static func needed(of source: String, named name: String) throws(JoinedModules.Failure) -> [Substring] {
    var needed: [Substring] = []
    var isInComment = false
    for line in source.split(separator: "\n") {
      var rest = line
      while true {
        if isInComment {
          guard let end = rest.range(of: "*/") else { break }
          isInComment = false
          rest = rest[end.upperBound...]
        }
        rest = trimmed(rest)
        if rest.isEmpty || rest.hasPrefix("//") { break }
        guard rest.hasPrefix("/*") else {
          guard isWhole(rest) else {
            throw .init(
              name,
              #"a template, comment or string goes over several lines, or ` or /* is in a string or regular expression (write \u0060, /\u002A)"#,
              rest)
          }
          needed.append(rest)
          break
        }
        isInComment = true
        rest = rest.dropFirst(2)
      }
    }
    return needed
  }

  /// Whether what begins in this line ends in it.
  ///
  /// Backticks are counted since each template has two of them: with an odd number one goes on in the next line, whose
  /// indentation, and what looks like a comment in it, is text that the script needs. A backtick that is no template's is
  /// refused too, which costs whoever writes it an escape and this place a parser.
  private static func isWhole(_ line: Substring) -> Bool {
    var quotes = 0
    var isOpen = false
    var before: UInt8 = 0
    for byte in line.utf8 {
      switch (before, byte) {
      case (_, UInt8(ascii: "`")): quotes += 1
      case (UInt8(ascii: "/"), UInt8(ascii: "*")): isOpen = true
      case (UInt8(ascii: "*"), UInt8(ascii: "/")): isOpen = false
      default: break
      }
      before = byte
    }
    return quotes % 2 == 0 && !isOpen && before != UInt8(ascii: "\\")
  }

  private static func trimmed(_ line: Substring) -> Substring {
    let isSpace = { (byte: UInt8) in
      byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
    guard let first = line.utf8.firstIndex(where: { !isSpace($0) }),
      let last = line.utf8.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return line[first...last]
  }
}

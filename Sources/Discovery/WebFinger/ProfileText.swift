// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory

/// What a person reads in a piece of HTML from a stranger, and where its links lead. It makes no page of it: whatever is odd is
/// only text that says nothing.
struct ProfileText {
  /// Where links lead, in their order.
  private(set) var links: [String] = []
  /// What is read, divided at spaces and at marks that stand around addresses.
  private(set) var words: [String] = []

  init(_ html: String) {
    var text = ""
    var rest = Substring(html)
    while let opening = rest.firstIndex(of: "<") {
      text += rest[..<opening]
      guard let closing = rest[opening...].firstIndex(of: ">") else {
        rest = rest[rest.index(after: opening)...]
        continue
      }
      let tag = rest[rest.index(after: opening)..<closing]
      if let link = Self.link(in: tag) { links.append(Self.decoded(link)) }
      // Mastodon hides parts of a link in spans: only what divides lines divides words.
      let name = tag.drop { $0 == "/" }.prefix { $0.isLetter }.lowercased()
      if ["br", "p", "div", "li"].contains(name) { text += " " }
      rest = rest[rest.index(after: closing)...]
    }
    text += rest
    words = Self.decoded(text).split { $0.isWhitespace || "<>\"()[]{}|,".contains($0) }.map(String.init)
  }

  /// The addresses that stand in the text with their scheme: `xmpp:bob@example.org` or `xmpp: bob@example.org`.
  var statements: [StatedAddress] {
    words.indices.compactMap { index in
      var word = Substring(words[index])
      if ["xmpp:", "sip:", "sips:"].contains(word.lowercased()), index + 1 < words.count {
        word += words[index + 1]
      }
      while let last = word.last, ".;:!?'’".contains(last) { word.removeLast() }
      return StatedAddress(uri: String(word))
    }
  }

  /// The value of `href` in the tag of a link.
  private static func link(in tag: Substring) -> String? {
    guard let match = tag.firstMatch(of: /(?i)^a\s(?:.*?\s)?href\s*=\s*(?:"([^"]*)"|'([^']*)')/) else {
      return nil
    }
    return (match.1 ?? match.2).map(String.init)
  }

  private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " "]

  /// Entities as characters, once.
  private static func decoded(_ text: String) -> String {
    text.replacing(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,4}));/) { match in
      if let name = match.3 { return entities[String(name)] ?? String(match.0) }
      let number = match.1.flatMap { UInt32($0) } ?? match.2.flatMap { UInt32($0, radix: 16) }
      return number.flatMap(Unicode.Scalar.init).map { String(Character($0)) } ?? String(match.0)
    }
  }
}

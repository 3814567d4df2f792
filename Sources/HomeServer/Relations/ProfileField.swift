// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation

/// One line of the table in a profile, such as “XMPP: alice@example.org”. The value is HTML by others: it is read, and
/// never shown.
struct ProfileField: Decodable, Sendable {
  let name: String
  let value: String

  /// Mastodon has four; others have more. Beyond these nothing is looked at.
  static let most = 16
  private static let longest = 3_000
  private static let mostStated = 4

  /// The addresses that fields state: as `xmpp:` and `sip:` links or text anywhere, and as plain text where the name of
  /// the field says what it is.
  static func stated(in fields: [ProfileField]) -> [StatedAddress] {
    var found: [StatedAddress] = []
    for field in fields.prefix(most) where field.value.utf8.count <= longest {
      for stated in field.stated where !found.contains(stated) && found.count < mostStated {
        found.append(stated)
      }
    }
    return found
  }

  private var stated: [StatedAddress] {
    // A link's target stands in its tag, its words beside it.
    let words = Self.text(of: value, keepingTags: false).split(whereSeparator: Self.separates)
    let targets = Self.text(of: value, keepingTags: true).split(whereSeparator: Self.separates)
    let linked = (targets + words).compactMap { Self.linked(String($0)) }
    if !linked.isEmpty { return linked }
    guard let service, words.count == 1, !words[0].contains(":"), let address = Self.address(String(words[0]))
    else { return [] }
    return [StatedAddress(service: service, address: address)]
  }

  /// What the field's name says its value is for.
  private var service: Service? {
    let words = Set(name.prefix(100).lowercased().split { !$0.isLetter }.map(String.init))
    if !words.isDisjoint(with: ["xmpp", "jabber", "chat"]) { return .xmpp }
    return words.isDisjoint(with: ["sip", "voip"]) ? nil : .sip
  }

  /// What a link or a word with a scheme names; marks that end a sentence are none of it.
  private static func linked(_ word: String) -> StatedAddress? {
    StatedAddress(uri: String(word.reversed().drop { ".,;:!?".contains($0) }.reversed()))
  }

  /// RFC 5122 and RFC 3261 let much follow an address; it says nothing about who it is.
  private static func address(_ text: String) -> Address? {
    let end = text.firstIndex { "?#;/,".contains($0) } ?? text.endIndex
    guard let address = try? Address(String(text[..<end])), address.local != nil, address.domain.contains(".")
    else { return nil }
    return address
  }

  private static func separates(_ character: Character) -> Bool {
    character.isWhitespace || "\"'<>()=".contains(character)
  }

  /// HTML without its tags, or with only their insides; the few entities that Mastodon writes are resolved.
  private static func text(of html: String, keepingTags: Bool) -> String {
    var result = ""
    var isTag = false
    // These tags part words; others, such as Mastodon's spans within a link, do not.
    for character in html.replacing("<br", with: " <br").replacing("</p", with: " </p") {
      switch character {
      case "<":
        isTag = true
        if keepingTags { result.append(" ") }
      case ">" where isTag: isTag = false
      default: if isTag == keepingTags { result.append(character) }
      }
    }
    for (entity, sign) in [
      ("&quot;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&amp;", "&"),
    ] { result = result.replacing(entity, with: sign) }
    return result
  }
}

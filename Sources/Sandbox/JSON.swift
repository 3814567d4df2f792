// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// One JSON value, so that answers can be written the way they look on the wire.
///
/// Typed models would hide what the sandbox is about: the exact shape of Mastodon's answers, also the wrong
/// shapes that tests ask for.
enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case number(Int)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  /// A member of an object; nil for anything that is not an object or does not have it.
  subscript(_ key: String) -> JSON? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  /// The text of a string, nil for every other kind.
  var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The whole number, nil for every other kind.
  var whole: Int? {
    if case .number(let number) = self { number } else { nil }
  }

  /// The truth value, nil for every other kind.
  var flag: Bool? {
    if case .bool(let flag) = self { flag } else { nil }
  }

  /// This object with the members of another laid over it, deeply; anything else is replaced.
  func merged(with other: JSON) -> JSON {
    guard case .object(var mine) = self, case .object(let theirs) = other else { return other }
    for (key, value) in theirs { mine[key] = mine[key].map { $0.merged(with: value) } ?? value }
    return .object(mine)
  }

  /// The bytes, with sorted keys so that equal values are equal bytes.
  var data: Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Nothing in here can fail to encode: there are no floating-point numbers and all keys are strings.
    return (try? encoder.encode(self)) ?? Data("null".utf8)
  }

  /// The text, safe inside a `<script>` element: `<`, `>` and `&` are escaped.
  var scriptText: String {
    String(decoding: data, as: UTF8.self)
      .replacing("<", with: "\\u003c").replacing(">", with: "\\u003e").replacing("&", with: "\\u0026")
  }
}

extension JSON: Codable {
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .bool(flag)
    } else if let number = try? container.decode(Int.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .string(text)
    } else if let values = try? container.decode([JSON].self) {
      self = .array(values)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let flag): try container.encode(flag)
    case .number(let number): try container.encode(number)
    case .string(let text): try container.encode(text)
    case .array(let values): try container.encode(values)
    case .object(let members): try container.encode(members)
    }
  }
}

extension JSON: ExpressibleByStringInterpolation, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  init(stringLiteral value: String) { self = .string(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(integerLiteral value: Int) { self = .number(value) }
  init(arrayLiteral elements: JSON...) { self = .array(elements) }
  init(nilLiteral: ()) { self = .null }
  init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
  }

  /// A string, or null.
  init(_ text: String?) { self = text.map(JSON.string) ?? .null }

  /// A time as Rails writes it, in UTC with milliseconds.
  init(_ time: Date) {
    self = .string(time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
  }
}

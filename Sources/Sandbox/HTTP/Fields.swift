// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// The parameters of a request as Rails sees them: query, form and JSON body in one list.
struct Fields: Sendable, Equatable {
  private(set) var pairs: [(name: String, value: String)] = []

  /// Reads `a=1&b%5B%5D=2` (HTML's form encoding).
  /// - Throws: ``Refusal`` 400 for broken escapes and text that is not UTF-8.
  mutating func add(encoded text: Substring) throws {
    for part in text.split(separator: "&") {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decode(sides[0]), let value = Self.decode(sides.count > 1 ? sides[1] : ""),
        !name.contains("\0"), !value.contains("\0")
      else { throw Refusal(400, "Bad Request") }
      pairs.append((name, value))
    }
  }

  /// Flattens a JSON object: arrays get `[]`, objects `[key]`.
  mutating func add(_ json: JSON, under prefix: String = "") {
    switch json {
    case .null: break
    case .bool(let flag): pairs.append((prefix, flag ? "true" : "false"))
    case .number(let number): pairs.append((prefix, String(number)))
    case .string(let text): pairs.append((prefix, text))
    case .array(let values): for value in values { add(value, under: prefix + "[]") }
    case .object(let members):
      for (key, value) in members.sorted(by: { $0.key < $1.key }) {
        add(value, under: prefix.isEmpty ? key : "\(prefix)[\(key)]")
      }
    }
  }

  /// The value of a parameter; the last one wins.
  subscript(_ name: String) -> String? { pairs.last { $0.name == name }?.value }

  /// The value of a parameter that is there and not blank.
  func filled(_ name: String) -> String? {
    self[name].flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
  }

  /// All values of `name[]`, or the one of `name`.
  func all(_ name: String) -> [String] {
    pairs.filter { $0.name == name + "[]" || $0.name == name }.map(\.value)
  }

  /// Rails' idea of a true value.
  func isTrue(_ name: String) -> Bool {
    filled(name).map { !["0", "f", "F", "false", "FALSE", "off", "OFF"].contains($0) } ?? false
  }

  static func == (one: Fields, other: Fields) -> Bool {
    one.pairs.elementsEqual(other.pairs) { $0 == $1 }
  }

  /// Escapes a value for a query.
  static func encode(_ text: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    return text.utf8.map { byte in
      plain.contains(byte)
        ? String(UnicodeScalar(byte))
        : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }.joined()
  }

  private static func decode(_ text: Substring) -> String? {
    text.replacing("+", with: " ").removingPercentEncoding
  }
}

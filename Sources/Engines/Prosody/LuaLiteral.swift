// SPDX-License-Identifier: AGPL-3.0-or-later

/// A value as it stands in a Lua file. Whatever the text holds, Lua reads back exactly that text and nothing else.
struct LuaLiteral: Sendable, CustomStringConvertible {
  let description: String

  /// A string literal (Lua 5.4 manual, section 3.1). Control characters, NUL and line ends become `\ddd`.
  init(_ text: String) {
    var literal = "\""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): literal += "\\\\"
      case UInt8(ascii: "\""): literal += "\\\""
      // Always three digits, so that a digit that follows is not taken for a part of the escape.
      case 0..<0x20, 0x7F...: literal += "\\" + String("00\(byte)".suffix(3))
      default: literal.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    description = literal + "\""
  }

  init(_ number: Int) { description = String(number) }
}

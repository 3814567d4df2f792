// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// Domains in other scripts, in the form in which DNS has them (RFC 3492, RFC 5891).
///
/// Home servers show domains in their own script, and have checked and folded them before that: what is left to do is the
/// encoding. Foundation on Linux has none.
enum Punycode {
  /// `bücher.example` as `xn--bcher-kva.example`; `nil` for what is no domain.
  static func domain(_ text: String) -> String? {
    guard text.utf8.count <= 253 else { return nil }
    var labels: [String] = []
    // IDNA takes these for full stops, too.
    for label in text.split(separator: #/[.\u{3002}\u{FF0E}\u{FF61}]/#, omittingEmptySubsequences: false) {
      guard let label = Self.label(String(label)) else { return nil }
      labels.append(label)
    }
    return labels.joined(separator: ".")
  }

  /// One part of a domain.
  private static func label(_ text: String) -> String? {
    let folded = text.lowercased().precomposedStringWithCanonicalMapping
    guard folded.unicodeScalars.allSatisfy(isAllowed) else { return nil }
    if folded.utf8.allSatisfy({ $0 < 128 }) { return folded.isEmpty ? nil : folded }
    guard let encoded = encode(Array(folded.unicodeScalars.map(\.value))), encoded.utf8.count <= 59 else {
      return nil
    }
    return "xn--" + encoded
  }

  /// Letters, marks and digits of any script, and the hyphen.
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .lowercaseLetter, .otherLetter, .modifierLetter, .titlecaseLetter, .uppercaseLetter, .nonspacingMark,
      .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
      true
    // Emoji, and the joiners that some scripts need.
    case .otherSymbol: true
    default:
      scalar == "-" || scalar == "\u{200C}" || scalar == "\u{200D}" || scalar == "\u{B7}"
        || scalar == "\u{30FB}"
    }
  }

  private static let base: UInt32 = 36
  private static let tMin: UInt32 = 1
  private static let tMax: UInt32 = 26

  /// RFC 3492, section 6.3.
  static func encode(_ scalars: [UInt32]) -> String? {
    var output = scalars.filter { $0 < 128 }.compactMap(Unicode.Scalar.init)
    let basic = UInt32(output.count)
    if basic > 0 { output.append("-") }
    var (next, delta, bias, handled): (UInt32, UInt32, UInt32, UInt32) = (128, 0, 72, basic)
    while handled < scalars.count {
      guard let least = scalars.filter({ $0 >= next }).min() else { return nil }
      // A label is short: nothing here comes near the end of its numbers but what is no text.
      let (step, overflow) = (least - next).multipliedReportingOverflow(by: handled + 1)
      guard !overflow, delta <= .max - step - UInt32(scalars.count) else { return nil }
      delta += step
      next = least
      for scalar in scalars {
        if scalar < next { delta += 1 }
        guard scalar == next else { continue }
        var rest = delta
        var place = base
        while true {
          let threshold = place <= bias ? tMin : min(max(place - bias, tMin), tMax)
          guard rest >= threshold else { break }
          output.append(digit(threshold + (rest - threshold) % (base - threshold)))
          rest = (rest - threshold) / (base - threshold)
          place += base
        }
        output.append(digit(rest))
        bias = adapt(delta, count: handled + 1, isFirst: handled == basic)
        delta = 0
        handled += 1
      }
      delta += 1
      next += 1
    }
    return String(String.UnicodeScalarView(output))
  }

  private static func digit(_ value: UInt32) -> Unicode.Scalar {
    Unicode.Scalar(UInt8(value < 26 ? value + 0x61 : value - 26 + 0x30))
  }

  /// RFC 3492, section 6.1.
  private static func adapt(_ delta: UInt32, count: UInt32, isFirst: Bool) -> UInt32 {
    var rest = isFirst ? delta / 700 : delta / 2
    rest += rest / count
    var steps: UInt32 = 0
    while rest > (base - tMin) * tMax / 2 {
      rest /= base - tMin
      steps += base
    }
    return steps + (base - tMin + 1) * rest / (rest + 38)
  }
}

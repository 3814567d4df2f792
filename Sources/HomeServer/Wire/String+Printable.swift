// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

extension String {
  /// What may be shown or logged of a text from outside: no control, format or line-breaking characters (so
  /// no bidirectional overrides either), white space folded, at most `limit` characters.
  func printable(limit: Int) -> String {
    var result = ""
    var count = 0
    var gap = false
    // Bounds the work too: a cluster of combining marks counts as one character, so scalars are counted.
    for scalar in unicodeScalars.prefix(limit * 8) {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator, .spaceSeparator:
        gap = !result.isEmpty
        continue
      case .format where scalar != "\u{200D}": continue
      case .surrogate, .privateUse, .unassigned: continue
      default: break
      }
      if count + (gap ? 2 : 1) > limit { break }
      if gap {
        result.unicodeScalars.append(" ")
        count += 1
        gap = false
      }
      result.unicodeScalars.append(scalar)
      count += 1
    }
    return result
  }
}

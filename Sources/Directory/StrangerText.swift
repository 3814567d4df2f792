// SPDX-License-Identifier: AGPL-3.0-or-later

/// What somebody else wrote, made fit to be shown: it may have been written to deceive.
extension String {
  /// One line for names: no line breaks, nothing that cannot be seen or turns the direction, no towers of accents.
  /// Templates put it into `<bdi>`, so that it does not reorder what stands beside it.
  public func shownName(limit: Int = 80) -> String { tamed(limit: limit, lines: false) }

  /// Several lines. Cut at `limit` with an ellipsis.
  public func shownText(limit: Int = 4_000) -> String { tamed(limit: limit, lines: true) }

  /// As many marks on one letter as any living language needs.
  private static let marksInARow = 4

  private func tamed(limit: Int, lines: Bool) -> String {
    // An array knows how long it is; a string’s scalars have to be counted, once for each that comes.
    var shown: [Unicode.Scalar] = []
    var marks = 0
    var breaks = 0
    for scalar in unicodeScalars {
      if shown.count >= limit {
        shown.append("…")
        break
      }
      switch scalar.properties.generalCategory {
      case .control where lines && scalar == "\n", .lineSeparator where lines,
        .paragraphSeparator where lines:
        breaks += 1
        if breaks <= 2 { shown.append("\n") }
        continue
      case .control where scalar == "\t" || scalar == "\n", .lineSeparator, .paragraphSeparator:
        shown.append(" ")
      case .control, .unassigned, .privateUse, .surrogate:
        continue
      // Joins letters of some scripts, and the parts of an emoji.
      case .format where scalar == "\u{200C}" || scalar == "\u{200D}":
        if shown.last.map({ $0 != scalar }) ?? false { shown.append(scalar) }
        continue
      case .format: continue
      case .nonspacingMark, .enclosingMark, .spacingMark:
        marks += 1
        if marks <= Self.marksInARow { shown.append(scalar) }
        continue
      default: shown.append(scalar)
      }
      marks = 0
      breaks = 0
    }
    return String(String.UnicodeScalarView(shown))
  }

  /// Within a sentence of ours, where no `<bdi>` can stand: the marks that do the same (Unicode Standard Annex 9, FSI and PDI).
  /// For what ``shownName(limit:)`` has cleared of such marks.
  public var isolated: String { "\u{2068}\(self)\u{2069}" }

  /// What stands in the square where others put a picture: the first letter or digit.
  public var initial: String {
    let first = unicodeScalars.first { $0.properties.isAlphabetic || $0.properties.numericType != nil }
    return first.map { String($0).uppercased() } ?? "@"
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation

extension PageRenderer {
  /// In the member's words, what is wrong with a device's name.
  func nameProblem(_ typed: String) -> String {
    let fill = ["limit": String(DeviceName.longest)]
    let trimmed = typed.trimmingCharacters(in: .whitespacesAndNewlines)
    if trimmed.isEmpty { return words.text("add.name_missing", fill) }
    return words.text(trimmed.count > DeviceName.longest ? "add.name_long" : "add.name_bad", fill)
  }
}

extension String {
  /// As it may be shown again in the form: without what cannot be seen.
  var printable: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.filter {
          switch $0.properties.generalCategory {
          case .control, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .format: false
          default: true
          }
        }.prefix(500)))
  }
}

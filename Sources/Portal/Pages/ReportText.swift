// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
import Directory
import Foundation
import HomeServer

/// What moderators read of a report: the member's words, which chat address it is about, and the messages that the member ticked.
/// Home servers take 1,000 characters, so long messages are cut.
struct ReportText: Sendable {
  /// Of the member's own words, in Unicode scalars; the rest is for what is quoted.
  static let longestComment = 500

  var comment: String
  var sender: Address
  /// Whether the address is known to belong to the account that is reported.
  var isVerified: Bool
  var quoted: [MessageRequest.Said]

  /// Names a message in a form. Time and text are in it, so that no other message can take its place meanwhile.
  static func name(of said: MessageRequest.Said) -> String {
    SHA256.hash(data: Data("\(said.at.seconds) \(said.kind.rawValue) \(said.text)".utf8)).tag
  }

  func composed(_ words: Catalogue) -> String {
    let fill = ["who": sender.description.shownName(limit: 300)]
    let about = words.text(isVerified ? "report.sent_address" : "report.sent_address_unverified", fill)
    var parts = [comment.shownText(limit: Self.longestComment), about].filter { !$0.isEmpty }
    var room = Report.longestComment - parts.reduce(0) { $0 + $1.unicodeScalars.count + 2 }
    for (index, said) in quoted.enumerated() {
      let head = words.text("report.sent_\(said.kind)")
      // What a short one leaves is for those after it. The ellipsis and the blank line count too.
      let share = room / (quoted.count - index) - head.unicodeScalars.count - 4
      let part = "\(head) \(said.text.shownText(limit: max(0, share)))"
      parts.append(part)
      room -= part.unicodeScalars.count + 2
    }
    let all = parts.joined(separator: "\n\n")
    return String(String.UnicodeScalarView(all.unicodeScalars.prefix(Report.longestComment)))
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation

/// Dates as pages show them: in UTC, which a script turns into the reader's own time.
struct PageDates: Sendable {
  private let moment: Date.FormatStyle
  private let day: Date.FormatStyle

  init() {
    var moment = Date.FormatStyle(date: .abbreviated, time: .shortened, locale: Locale(identifier: "en_GB"))
    moment.timeZone = .gmt
    var day = Date.FormatStyle(date: .abbreviated, time: .omitted, locale: Locale(identifier: "en_GB"))
    day.timeZone = .gmt
    self.moment = moment
    self.day = day
  }

  func moment(_ time: Timestamp) -> [String: Any] {
    ["iso": time.date.formatted(.iso8601), "text": "\(time.date.formatted(moment)) UTC"]
  }

  func day(_ time: Timestamp) -> [String: Any] {
    ["iso": time.date.formatted(.iso8601), "text": time.date.formatted(day)]
  }
}

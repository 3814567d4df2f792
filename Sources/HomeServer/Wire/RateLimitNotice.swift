// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// What an answer says of how often we may ask: `X-RateLimit-Limit`, `-Remaining`, `-Reset` (Mastodon: ISO
/// 8601) and `Retry-After` (RFC 9110, section 10.2.3: seconds or a date).
struct RateLimitNotice: Sendable, Equatable {
  var limit: Int?
  var remaining: Int?
  /// Seconds until the count begins anew, by the server's own clock.
  var resetIn: Double?
  var retryAfter: Double?

  /// No server's word keeps us away for longer.
  static let longest: Double = 3_600

  /// - Parameter header: the value of the named header field.
  /// - Parameter now: our time, for servers that do not state theirs.
  init(now: Date, header: (String) -> String?) {
    let serverTime = header("date").flatMap(Self.httpDate) ?? now
    limit = header("x-ratelimit-limit").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    remaining = header("x-ratelimit-remaining").flatMap { Int($0) }.map { max(0, $0) }
    resetIn = header("x-ratelimit-reset").flatMap { text in
      Self.seconds(Self.isoDate(text)?.timeIntervalSince(serverTime))
    }
    retryAfter = header("retry-after").flatMap { text in
      Self.seconds(Double(text) ?? Self.httpDate(text)?.timeIntervalSince(serverTime))
    }
  }

  init() {}

  private static func seconds(_ value: Double?) -> Double? {
    guard let value, value.isFinite else { return nil }
    return min(max(0, value), longest)
  }

  private static func isoDate(_ text: String) -> Date? {
    (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text))
      ?? (try? Date.ISO8601FormatStyle().parse(text))
  }

  /// RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
  private static func httpDate(_ text: String) -> Date? {
    let fields = text.split(separator: " ")
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    guard
      fields.count == 6, fields[5] == "GMT", let day = Int(fields[1]),
      let month = months.firstIndex(of: String(fields[2])),
      let year = Int(fields[3])
    else { return nil }
    let time = fields[4].split(separator: ":").compactMap { Int($0) }
    guard time.count == 3 else { return nil }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    return calendar.date(
      from: DateComponents(
        year: year, month: month + 1, day: day, hour: time[0], minute: time[1], second: time[2]))
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// What coturn says at its command port (4.6): text for people, read with care.
///
/// A listing holds what coturn's clients chose to send as their “origin”, line ends included. So nothing after the first
/// `origin:` is believed, and only the one text that no listing with a session in it can be means that there is none.
struct CoturnAnswer: Sendable, Equatable {
  let text: String

  /// The command port wants the password, again.
  var asksForPassword: Bool { text.hasSuffix("Enter password: \r\n") }

  /// To `psp`: nobody has a session that fits.
  var isEmptyListing: Bool { text == "\r\n  Total sessions: 0\r\n\r\n> " }

  /// To `psp`: the ids of sessions whose user name is an expiry and this device, of those that can be believed.
  func sessions(of device: String) -> [String] {
    let believed = text[..<(text.firstRange(of: "origin:")?.lowerBound ?? text.endIndex)]
    return believed.split(separator: "\r\n").compactMap { line in
      // "    1) id=001000000000000013, user <1795419371:abcdefghij000000>:"
      guard let found = line.wholeMatch(of: /\ +\d+\) id=(\d+), user <\d+:([0-9a-z]+)>:/), found.2 == device
      else { return nil }
      return String(found.1)
    }
  }

  /// To `pc`: how many allocations there are.
  var allocations: Int? {
    text.firstMatch(of: /\r\n  total-current-allocs: (\d+)\r\n/).flatMap { Int($0.1) }
  }
}

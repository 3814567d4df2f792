// SPDX-License-Identifier: AGPL-3.0-or-later

import Testing

@testable import Engines

@Suite("What coturn says at its command port") struct CoturnAnswerTests {
  static let device = "abcdefghjkmnpq01"
  static let listing = """
    \r
        1) id=001000000000000013, user <1795419371:abcdefghjkmnpq01>:\r
          realm: social.localhost\r
          started 0 secs ago\r
    \r
        2) id=000000000000000004, user <1795419371:abcdefghjkmnpq02>:\r
          realm: social.localhost\r
    \r
        3) id=001000000000000015, user <5:abcdefghjkmnpq01>:\r
          realm: social.localhost\r
          origin: http://x\r
          started 0 secs ago\r
    \r
        4) id=001000000000000099, user <5:abcdefghjkmnpq01>:\r
    \r
      Total sessions: 4\r
    \r
    >\u{20}
    """

  @Test("the sessions of one device are found, and no others")
  func finds() {
    let answer = CoturnAnswer(text: Self.listing)
    #expect(answer.sessions(of: Self.device) == ["001000000000000013", "001000000000000015"])
    #expect(answer.sessions(of: "abcdefghjkmnpq03").isEmpty)
    #expect(!answer.isEmptyListing)
  }

  @Test("nothing after the first origin is believed, because clients choose that text")
  func origin() {
    let forged =
      "\r\n    1) id=1, user <5:\(Self.device)>:\r\n      origin: x\r\n    2) id=2, user <5:\(Self.device)>:\r\n"
    #expect(CoturnAnswer(text: forged).sessions(of: Self.device) == ["1"])
  }

  @Test(
    "only the text of an empty listing means that nobody is there",
    arguments: [
      ("\r\n  Total sessions: 0\r\n\r\n> ", true), ("\r\n  Total sessions: 1\r\n\r\n> ", false), ("", false),
      ("x\r\n  Total sessions: 0\r\n\r\n> ", false), ("Enter password: \r\n", false),
    ])
  func empty(text: String, isEmpty: Bool) {
    #expect(CoturnAnswer(text: text).isEmptyListing == isEmpty)
  }

  @Test("it is seen when the password is asked for again")
  func password() {
    #expect(CoturnAnswer(text: "Enter password: \r\n").asksForPassword)
    #expect(!CoturnAnswer(text: "Enter password: \r\n> ").asksForPassword)
  }

  @Test("allocations are counted from the configuration's listing")
  func counts() {
    #expect(CoturnAnswer(text: "a\r\n  total-current-allocs: 20\r\nb\r\n> ").allocations == 20)
    #expect(CoturnAnswer(text: "a\r\n> ").allocations == nil)
  }
}

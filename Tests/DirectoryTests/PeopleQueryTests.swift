// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import Testing

@Suite struct PeopleQueryTests {
  @Test(arguments: [
    ("  Élodie ", "elodie"), ("@bob@Example.ORG", "bob@example.org"), ("ＡＢＣ", "abc"), ("", ""), ("@", ""),
    ("Straße", "strasse"), ("ΚΏΣΤΑΣ", PeopleQuery.fold("κώστας")), ("%_\\'", "%_\\'"),
  ])
  func aSearchIsFolded(_ text: String, _ folded: String) {
    #expect(PeopleQuery(search: text).search == folded)
  }

  @Test func limitsAndLongSearchesAreBroughtIntoRange() {
    #expect(PeopleQuery(limit: 0).limit == 1 && PeopleQuery(limit: -5).limit == 1)
    #expect(PeopleQuery(limit: .max).limit == PeopleQuery.longestPage)
    #expect(PeopleQuery(search: String(repeating: "a", count: 10_000)).search.count == 100)
  }

  @Test(arguments: ["", "a", "name with spaces", "näme\u{0}with a hole", "グレース", "👩‍👩‍👧‍👦"])
  func aCursorComesBackAsItWas(_ key: String) throws {
    let cursor = PeopleCursor(rank: 2, sortKey: key, id: "114000000000000007")
    #expect(cursor.text.wholeMatch(of: #/[A-Za-z0-9_-]+/#) != nil)
    #expect(PeopleCursor(text: cursor.text) == cursor)
  }

  @Test func whatIsNoCursorIsRefused() {
    let bad = [
      "", "x", "!!!!", "AAAA", Data("3\u{0}1\u{0}a".utf8).base64EncodedString(),
      Data("-1\u{0}1\u{0}a".utf8).base64EncodedString(), Data("0\u{0}\u{0}a".utf8).base64EncodedString(),
      Data("0\u{0}1".utf8).base64EncodedString(), Data([0xFF, 0xFE, 0x00]).base64EncodedString(),
      String(repeating: "A", count: 5_000),
    ]
    for text in bad { #expect(PeopleCursor(text: text) == nil, "\(text.prefix(40))") }
  }
}

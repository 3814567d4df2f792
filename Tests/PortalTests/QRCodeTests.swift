// SPDX-License-Identifier: AGPL-3.0-or-later

import Testing

@testable import Portal

@Suite("A QR code")
struct QRCodeTests {
  @Test(
    "has the size of the smallest symbol that holds the text at level M",
    arguments: [
      (1, 21), (14, 21), (15, 25), (26, 25), (27, 29), (213, 57), (214, 61), (2_331, 177),
    ])
  func size(length: Int, expected: Int) throws {
    #expect(try QRCode(text: String(repeating: "a", count: length)).size == expected)
  }

  @Test("has the three finder patterns, and timing patterns between them")
  func patterns() throws {
    let code = try QRCode(text: "xmpp:alice@example.social")
    let finder = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]
    for (top, left) in [(0, 0), (0, code.size - 7), (code.size - 7, 0)] {
      for (row, line) in finder.enumerated() {
        for (column, module) in line.enumerated() {
          #expect(code.isDark(row: top + row, column: left + column) == (module == "1"))
        }
      }
    }
    for place in 8..<(code.size - 8) {
      #expect(code.isDark(row: 6, column: place) == place.isMultiple(of: 2))
      #expect(code.isDark(row: place, column: 6) == place.isMultiple(of: 2))
    }
    #expect(code.isDark(row: code.size - 8, column: 8), "the module that is always dark")
  }

  @Test("says error correction level M in its format information")
  func level() throws {
    let code = try QRCode(text: "level")
    // The first two format bits, unmasked with 101010000010010: M is 00.
    #expect(code.isDark(row: 8, column: 0))
    #expect(!code.isDark(row: 8, column: 1))
  }

  @Test("draws just its dark modules, within a quiet zone of four")
  func path() throws {
    let code = try QRCode(text: "xmpp:alice@example.social?password=äöü")
    var drawn: Set<[Int]> = []
    for rectangle in code.path.matches(of: #/M(\d+) (\d+)h(\d+)v1h-(\d+)z/#) {
      let (x, y, length) = (
        try #require(Int(rectangle.1)), try #require(Int(rectangle.2)), try #require(Int(rectangle.3))
      )
      #expect(rectangle.3 == rectangle.4)
      for column in x..<(x + length) { #expect(drawn.insert([y - 4, column - 4]).inserted) }
    }
    for row in 0..<code.size {
      for column in 0..<code.size {
        #expect(drawn.contains([row, column]) == code.isDark(row: row, column: column))
      }
    }
    #expect(code.viewBox == "0 0 \(code.size + 8) \(code.size + 8)")
    #expect(code.paper == "M0 0h\(code.size + 8)v\(code.size + 8)h-\(code.size + 8)z")
  }

  @Test("is refused, with a remedy and without the text, for what it cannot hold")
  func refused() throws {
    let secret = String(repeating: "s3cret", count: 400)
    let failure = try #require(throws: QRCode.Failure.self) { try QRCode(text: secret) }
    #expect(failure.code == .tooLong)
    #expect(!"\(failure)".contains("s3cret"))
    #expect(!failure.remedy.isEmpty)
    // Characters are not bytes.
    #expect(throws: QRCode.Failure.self) { try QRCode(text: String(repeating: "ä", count: 1_200)) }
    #expect(throws: QRCode.Failure.self) { try QRCode(text: "") }
  }

  @Test("keeps a NUL as any other character")
  func zero() throws {
    #expect(try QRCode(text: "a\0b") != QRCode(text: "a"))
  }
}

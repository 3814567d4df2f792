// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import Credentials

@Suite struct SecretTests {
  @Test func neverShowsItself() {
    let secret = Secret("hunter2")
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(describing: secret), String(reflecting: secret), dumped, "\([secret])"] {
      #expect(!text.contains("hunter2"))
    }
  }

  @Test func comparesWhole() {
    #expect(Secret("abc") == Secret("abc"))
    #expect(Secret("abc") != Secret("abd"))
    #expect(Secret("abc") != Secret("abcd"))
    #expect(Secret("") == Secret(""))
  }

  @Test func passwordIsGroupedAndUsesEveryBit() {
    let zeros = DevicePassword.make(random: RandomBytes { Array(repeating: 0, count: $0) })
    #expect(zeros.secret.reveal() == "0000-0000-0000-0000-0000-0000-0000")
    let ones = DevicePassword.make(random: RandomBytes { Array(repeating: 255, count: $0) })
    #expect(ones.secret.reveal() == "zzzz-zzzz-zzzz-zzzz-zzzz-zzzz-zzzz")
    let many = Set((0..<1000).map { _ in DevicePassword.make(random: .system).secret.reveal() })
    #expect(many.count == 1000)
  }

  @Test func sealedValueOpensOnlyInItsPlace() throws {
    let key = SealingKey(random: .system)
    let sealed = try key.seal(Secret("token"), context: "tokens/1", random: .system)
    #expect(try key.open(sealed, context: "tokens/1") == Secret("token"))
    #expect(throws: (any Error).self) { try key.open(sealed, context: "tokens/2") }
    #expect(throws: (any Error).self) { try SealingKey(random: .system).open(sealed, context: "tokens/1") }
    var torn = sealed
    torn[torn.count - 1] ^= 1
    #expect(throws: (any Error).self) { try key.open(torn, context: "tokens/1") }
    #expect(throws: (any Error).self) { try key.open(Data(), context: "tokens/1") }
  }

  @Test(arguments: ["", "short", "AAAA", String(repeating: "A", count: 44), "!!!!"])
  func keyFileThatHoldsNoKeyIsRefused(text: String) {
    #expect(SealingKey(base64: Secret(text)) == nil)
  }

  @Test func keyFileMayEndInANewline() {
    #expect(SealingKey(base64: Secret(Data(repeating: 7, count: 32).base64EncodedString() + "\n")) != nil)
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Testing

@testable import Directory

@Suite struct NameTests {
  @Test(arguments: ["alice", "ALICE", "a", "_", "a1_b2", String(repeating: "x", count: 30)])
  func acceptsWhatMastodonAccepts(text: String) throws {
    #expect(try Name(text).text == text.lowercased())
  }

  @Test(arguments: [
    "", "a b", "a.b", "a-b", "a@b", "ä", "alice\n", "alice\u{0}", "аlice", String(repeating: "x", count: 31), "a'b", "İ", "\u{212A}im",
  ]) func refusesTheRest(text: String) {
    let error = #expect(throws: DirectoryError.self) { try Name(text) }
    #expect(error?.code == .badName)
  }

  @Test func refusesOurOwnNames() {
    #expect(throws: DirectoryError.self) { try Name("Trunkline") }
  }

  @Test(arguments: ["Telefon", "  Küche ", "电话", "ٹیلیفون", "👩‍🚀", "می‌خواهم", "O'Brien <b>", String(repeating: "é", count: 60)])
  func deviceNamesMayBeInAnyScript(text: String) throws {
    #expect(try !DeviceName(text).text.isEmpty)
  }

  @Test func deviceNamesAreTrimmed() throws {
    #expect(try DeviceName(" \u{2003}Phone\u{A0}").text == "Phone")
  }

  @Test(arguments: [
    "", "   ", "a\nb", "a\u{0}b", "a\u{202E}b", "\u{200B}", "a\u{2028}b", "a\u{7F}", String(repeating: "x", count: 61),
    "a" + String(repeating: "\u{301}", count: 600),
  ]) func deviceNamesAreOneVisibleLine(text: String) {
    let error = #expect(throws: DirectoryError.self) { try DeviceName(text) }
    #expect(error?.code == .badDeviceName)
  }

  @Test(arguments: ["", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF", "0123456789abcdei", "../../etc/passwd"])
  func deviceIDsAreOurs(text: String) {
    #expect(throws: DirectoryError.self) { try Device.ID(text) }
  }

  @Test func expiryIsAheadAndNotTooFar() throws {
    let policy = DevicePolicy(limit: 3, longestLife: 100)
    let now = Timestamp(seconds: 1000)
    try policy.check(expiry: nil, now: now)
    try policy.check(expiry: now + 100, now: now)
    for bad in [now, now + -1, now + 101] {
      #expect(throws: DirectoryError.self) { try policy.check(expiry: bad, now: now) }
    }
  }

  @Test func onlyAnAdmittedAccountUsesWhatItSwitchedOn() {
    let now = Timestamp(seconds: 0)
    var account = Account(
      id: 1, identity: AccountIdentity(homeServer: "example.social", id: "1"), name: Name(stored: "alice"),
      displayName: "Alice", standing: .active, standingCheckedAt: now, services: [.xmpp], createdAt: now)
    #expect(account.mayUse(.xmpp))
    #expect(!account.mayUse(.sip))
    for standing in Standing.allCases where standing != .active {
      account.standing = standing
      #expect(!account.mayUse(.xmpp))
    }
    account.standing = .active
    account.disabledAt = now
    #expect(!account.mayUse(.xmpp))
    account.disabledAt = nil
    account.deletedAt = now
    #expect(!account.mayUse(.xmpp))
  }
}

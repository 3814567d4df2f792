// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct WebSessionLedgerTests {
  private static let now = Timestamp(seconds: 1_800_000_000)

  private func browser(_ cookie: String, of account: Account.ID) -> SignIn {
    SignIn(
      fingerprint: Fingerprint(of: Secret(cookie)), account: account, createdAt: Self.now, seenAt: Self.now,
      provedAt: Self.now, expiresAt: Self.now + 900, browser: "", isByTicket: true)
  }

  @Test func noSignInLeavesAWebSessionBehindAndNoTicketIsTakenTwice() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "trunkline-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let ledger = try Ledger(folder: folder)
    let id = try await ledger.write { writer in
      try writer.addAccount(
        Account(
          id: 0, identity: AccountIdentity(homeServer: "example.social", id: "1"), name: Name("alice"),
          displayName: "", standing: .active, standingCheckedAt: Self.now, createdAt: Self.now)
      ).id
    }
    let (one, two) = (browser("one", of: id), browser("two", of: id))
    let devices = ["0000000000000001", "0000000000000002"].map(Device.ID.init(stored:))
    try await ledger.write { writer in
      for (browser, device) in zip([one, two], devices) {
        try writer.addSignIn(browser)
        try writer.addDevice(
          Device(
            id: device, account: id, name: DeviceName("x"), apps: [.xmpp: .browser], createdAt: Self.now,
            expiresAt: Self.now + 900))
        try writer.addWebSession(
          WebSession(signIn: browser.fingerprint, account: id, device: device, usedAt: Self.now))
      }
    }
    // Past the ways that end it first: refused, and not left behind.
    await #expect(throws: StorageError.self) {
      try await ledger.write { writer in
        try writer.database.execute(
          sql: "DELETE FROM sign_ins WHERE fingerprint = ?", arguments: [one.fingerprint.bytes])
      }
    }
    try await ledger.write { try $0.removeSignIn(one.fingerprint, at: Self.now) }
    #expect(try await ledger.read { try $0.webSessions(of: id).map(\.device) } == [devices[1]])
    #expect(try await ledger.read { try $0.outbox(after: 0, limit: 10).map(\.name.text) } == ["alice"])
    try await ledger.write { try $0.removeExpiredSignIns(at: Self.now + 900) }
    #expect(try await ledger.read { try $0.devices(of: id) }.isEmpty)
    #expect(try await ledger.read { try $0.devicesEnded(since: Self.now) } == Set(devices))

    let ticket = Fingerprint(of: Secret("a ticket"))
    try await ledger.write { writer in
      try writer.addTicket(ticket, for: id, until: Self.now + 60)
      #expect(try writer.takeTicket(ticket, at: Self.now + 59) == id)
      #expect(try writer.takeTicket(ticket, at: Self.now + 59) == nil)
      try writer.addTicket(ticket, for: id, until: Self.now + 60)
      #expect(try writer.takeTicket(ticket, at: Self.now + 60) == nil)
      // With the account goes all of it.
      try writer.addSignIn(browser("three", of: id))
      if let account = try writer.reader.account(id) { try writer.removeAccount(account) }
    }
  }
}

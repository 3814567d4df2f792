// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct LedgerTests {
  final class Place {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)")
    deinit { try? FileManager.default.removeItem(at: folder) }
  }

  private let now = Timestamp(seconds: 1_800_000_000)

  private func account(_ name: String, id: String) -> Account {
    Account(
      id: 0, identity: AccountIdentity(homeServer: "example.social", id: id), name: Name(stored: name),
      displayName: name, standing: .active, standingCheckedAt: now, services: [.xmpp, .sip], createdAt: now)
  }

  @Test func isPrivateAndSurvivesReopening() async throws {
    let place = Place()
    let ledger = try Ledger(folder: place.folder)
    let made = try await ledger.write { [account = account("alice", id: "1")] in try $0.addAccount(account) }
    let file = place.folder.appending(path: "ledger.sqlite").path
    let modes = try [place.folder.path, file, file + "-wal", file + "-shm"].map {
      try FileManager.default.attributesOfItem(atPath: $0)[.posixPermissions] as? Int
    }
    #expect(modes == [0o700, 0o600, 0o600, 0o600])
    try ledger.close()
    let again = try Ledger(folder: place.folder)
    #expect(try await again.read { try $0.account(made.id) } == made)
  }

  @Test func everyConnectionSyncsFully() async throws {
    let place = Place()
    let ledger = try Ledger(folder: place.folder)
    let (mode, level) = try await ledger.pool.write { database in
      (
        try String.fetchOne(database, sql: "PRAGMA journal_mode"),
        try Int.fetchOne(database, sql: "PRAGMA synchronous")
      )
    }
    #expect(mode == "wal")
    #expect(level == 2)
  }

  @Test func aNewerLedgerIsRefusedAndLeftAlone() throws {
    let place = Place()
    let ledger = try Ledger(folder: place.folder)
    try ledger.pool.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('from the future')") }
    try ledger.close()
    let error = #expect(throws: StorageError.self) { try Ledger(folder: place.folder) }
    #expect(error?.code == .newerSchema)
  }

  @Test func whatIsNoLedgerIsRefused() throws {
    let place = Place()
    try FileManager.default.createDirectory(at: place.folder, withIntermediateDirectories: true)
    try Data(repeating: 65, count: 5_000).write(to: place.folder.appending(path: "ledger.sqlite"))
    let damaged = #expect(throws: StorageError.self) { try Ledger(folder: place.folder) }
    #expect(damaged?.code == .damaged)
    // A file where the folder should be.
    let unwritable = #expect(throws: StorageError.self) {
      try Ledger(folder: place.folder.appending(path: "ledger.sqlite/below"))
    }
    #expect(unwritable?.code == .unwritable)
  }

  @Test func aFailedTransactionLeavesNothing() async throws {
    struct Stop: Error {}
    let place = Place()
    let ledger = try Ledger(folder: place.folder)
    await #expect(throws: Stop.self) {
      try await ledger.write { [account = account("alice", id: "1")] writer in
        _ = try writer.addAccount(account)
        try writer.post(account.name, at: account.createdAt)
        throw Stop()
      }
    }
    #expect(try await ledger.read { try $0.accounts(limit: 10) }.isEmpty)
    #expect(try await ledger.read { try $0.lastSequence() } == 0)
  }

  @Test func aNameStaysWithTheFirstIdentity() async throws {
    let place = Place()
    let ledger = try Ledger(folder: place.folder)
    let (first, second) = (account("alice", id: "1"), account("alice", id: "2"))
    let made = try await ledger.write { writer in
      let made = try writer.addAccount(first)
      _ = try writer.addAccount(second)
      return made
    }
    #expect(try await ledger.read { try $0.account(named: first.name) } == made)
    try await ledger.write { try $0.removeAccount(made) }
    #expect(try await ledger.read { try $0.owner(of: first.name) } == nil)
  }

  @Test func aStateCountsOnceAndNotForever() async throws {
    let place = Place()
    let ledger = try Ledger(folder: place.folder)
    let pending = (0..<5).map { index in
      PendingSignIn(
        state: Fingerprint(of: Secret("state\(index)")), browser: Fingerprint(of: Secret("b")),
        sealed: Data([1]),
        expectedAccount: nil, returnTo: "/", expiresAt: now + Int64(index))
    }
    try await ledger.write { writer in for one in pending { try writer.addAttempt(one, limit: 3) } }
    let at = now
    for (index, isThere) in [false, false, true, true, true].enumerated() {
      let state = pending[index].state
      #expect(try await ledger.write { try $0.takeAttempt(state, at: at) != nil } == isThere)
      #expect(try await ledger.write { try $0.takeAttempt(state, at: at) } == nil)
    }
  }

  @Test func secretsOpenOnlyWithTheirKey() async throws {
    let place = Place()
    let ledger = try Ledger(folder: place.folder)
    let key = SealingKey(random: .system)
    let (at, alice) = (now, account("alice", id: "1"))
    let made = try await ledger.write { writer in
      let made = try writer.addAccount(alice)
      try writer.setToken(
        Secret("tok3n"), fingerprint: Fingerprint(of: Secret("tok3n")), of: made.id, key: key,
        random: .system, now: at)
      try writer.setRegistration(
        Secret("s3cret"), at: "example.social", redirectURI: "https://chat.example.social/", key: key,
        random: .system, now: at)
      return made
    }
    #expect(try await ledger.read { try $0.token(of: made.id, key: key) } == Secret("tok3n"))
    let wrong = await #expect(throws: StorageError.self) {
      try await ledger.read { try $0.token(of: made.id, key: SealingKey(random: .system)) }
    }
    #expect(wrong?.code == .wrongKey)
    try ledger.close()
    for file in try FileManager.default.contentsOfDirectory(at: place.folder, includingPropertiesForKeys: nil)
    {
      let bytes = try Data(contentsOf: file)
      #expect(bytes.range(of: Data("tok3n".utf8)) == nil)
      #expect(bytes.range(of: Data("s3cret".utf8)) == nil)
    }
  }

  @Test func blocksOfOneOriginLeaveTheOthers() async throws {
    let place = Place()
    let ledger = try Ledger(folder: place.folder)
    let (at, alice) = (now, account("alice", id: "1"))
    let blocks = try await ledger.write { writer in
      let id = try writer.addAccount(alice).id
      try writer.setBlocks(
        [.address("eve@example.net"), .domain("bad.example")], from: .homeServer, of: id, at: at)
      try writer.setBlocks([.address("eve@example.net")], from: .app, of: id, at: at)
      try writer.setBlocks([], from: .homeServer, of: id, at: at)
      return try writer.reader.blocks(of: id)
    }
    #expect(blocks == [Block(target: .address("eve@example.net"), origin: .app)])
  }

  @Test(arguments: ["%", "_", "\\", "'; DROP TABLE accounts; --", "alice'"])
  func aSearchIsText(search: String) async throws {
    let place = Place()
    let ledger = try Ledger(folder: place.folder)
    let alice = account("alice", id: "1")
    try await ledger.write { _ = try $0.addAccount(alice) }
    #expect(try await ledger.read { try $0.accounts(matching: search, limit: 10) }.isEmpty)
    #expect(try await ledger.read { try $0.accounts(matching: "LIC", limit: 10) }.count == 1)
  }

  @Test func aWordThatIsUnknownAdmitsNobody() async throws {
    let place = Place()
    let ledger = try Ledger(folder: place.folder)
    let alice = account("alice", id: "1")
    let id = try await ledger.write { try $0.addAccount(alice).id }
    try await ledger.pool.write {
      try $0.execute(sql: "UPDATE accounts SET standing = 'glorious', presence = 'all'")
    }
    let read = try await ledger.read { try $0.account(id) }
    #expect(read?.isAdmitted == false)
    #expect(read?.privacy.presence == .nobody)
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct TokenReturnLedgerTests {
  private let now = Timestamp(seconds: 1_800_000_000)
  private let key = SealingKey(random: .system)

  private func withLedger(_ body: (Ledger, URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(try Ledger(folder: folder), folder)
  }

  @Test func aNoteIsKeptEncryptedInItsPlace() async throws {
    try await withLedger { ledger, folder in
      let (now, key) = (now, key)
      let tokens = ["t0ken-one", "t0ken-two"].map { Secret($0) }
      try await ledger.write { writer in
        for token in tokens + tokens {
          try writer.addTokenReturn(
            token, fingerprint: Fingerprint(of: token), account: nil, key: key, random: .system, now: now)
        }
      }
      let notes = try await ledger.read { try $0.tokenReturns(due: now, limit: 9) }
      #expect(notes.count == 2, "once each")
      let opened = try await ledger.read { reader in try notes.map { try reader.open($0, key: key) } }
      #expect(opened.map { $0.reveal() }.sorted() == tokens.map { $0.reveal() })
      try await ledger.pool.write { database in
        try database.execute(
          sql:
            "UPDATE token_returns SET sealed = (SELECT sealed FROM token_returns ORDER BY fingerprint LIMIT 1)"
        )
      }
      let moved = try await ledger.read { try $0.tokenReturns(due: now, limit: 9) }
      let open = try await ledger.read { reader in moved.filter { (try? reader.open($0, key: key)) != nil } }
      #expect(open.count == 1, "what was copied elsewhere does not open there")
      try ledger.close()
      for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
        #expect(try Data(contentsOf: file).range(of: Data("t0ken".utf8)) == nil)
      }
    }
  }

  @Test func aNoteComesWhenItIsDueAndOutlivesItsAccount() async throws {
    try await withLedger { ledger, _ in
      let (now, key, token) = (now, key, Secret("t0ken"))
      let fingerprint = Fingerprint(of: token)
      let account = try await ledger.write { writer in
        let made = try writer.addAccount(
          Account(
            id: 0, identity: AccountIdentity(homeServer: "example.social", id: "1"),
            name: Name(stored: "alice"),
            displayName: "Alice", standing: .active, standingCheckedAt: now, createdAt: now))
        try writer.setToken(token, fingerprint: fingerprint, of: made.id, key: key, random: .system, now: now)
        return made
      }
      #expect(try await ledger.read { try $0.isTokenInUse(fingerprint) })
      try await ledger.write { writer in
        try writer.removeToken(of: account.id)
        try writer.addTokenReturn(
          token, fingerprint: fingerprint, account: "alice@example.social", key: key, random: .system,
          now: now)
        try writer.removeAccount(account)
      }
      #expect(try await ledger.read { try !$0.isTokenInUse(fingerprint) })
      try await ledger.write { try $0.postponeTokenReturn(fingerprint, until: now + 60) }
      #expect(try await ledger.read { try $0.tokenReturns(due: now + 59, limit: 9) }.isEmpty)
      let due = try await ledger.read { try $0.tokenReturns(due: now + 60, limit: 9) }
      #expect(due.map(\.attempts) == [1] && due.map(\.account) == ["alice@example.social"])
      try await ledger.write { try $0.removeTokenReturn(fingerprint) }
      #expect(try await ledger.read { try $0.tokenReturnCount() } == 0)
    }
  }

  /// A ledger of before has tokens without fingerprints: they are kept, and work.
  @Test func tokensOfAnOlderLedgerAreKept() async throws {
    try await withLedger { ledger, folder in
      let (now, key, token) = (now, key, Secret("t0ken"))
      let account = try await ledger.write { writer in
        let made = try writer.addAccount(
          Account(
            id: 0, identity: AccountIdentity(homeServer: "example.social", id: "1"),
            name: Name(stored: "alice"),
            displayName: "Alice", standing: .active, standingCheckedAt: now, createdAt: now))
        try writer.setToken(
          token, fingerprint: Fingerprint(of: token), of: made.id, key: key, random: .system, now: now)
        return made
      }
      try await ledger.pool.write { database in
        try database.execute(
          sql: """
            DROP TABLE token_returns; DROP INDEX tokens_by_fingerprint; ALTER TABLE tokens DROP COLUMN fingerprint;
            DELETE FROM grdb_migrations WHERE identifier = '3';
            """)
      }
      try ledger.close()
      let again = try Ledger(folder: folder)
      #expect(try await again.read { try $0.token(of: account.id, key: key) } == token)
      #expect(try await again.read { try !$0.isTokenInUse(Fingerprint(of: token)) })
      try again.close()
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct MigrationTests {
  /// A ledger of an older version with one member in it, the seventh, and these rows; opened by this version.
  private func withLedger(
    ofVersion version: String, _ rows: String, _ body: (Ledger) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "trunkline-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let old = try DatabaseQueue(path: folder.appending(path: "ledger.sqlite").path)
    try Ledger.migrator.migrate(old, upTo: version)
    try await old.write { database in
      try database.execute(
        sql: """
          INSERT INTO accounts (id, home_server, home_id, name, display_name, standing, standing_checked_at,
            services, presence, created_at)
          VALUES (7, 'example.social', '1', 'alice', 'Alice', 'active', 1, 'xmpp', 'nobody', 1);
          \(rows)
          """)
    }
    try old.close()
    try await body(Ledger(folder: folder))
  }

  @Test("a ledger from before calls keeps its devices and their apps")
  func beforeCalls() async throws {
    let rows = """
      INSERT INTO devices (id, account, name, app, services, created_at)
      VALUES ('0123456789abcdef', 7, 'Phone', 'monal', 'xmpp', 1);
      INSERT INTO scram_verifiers VALUES ('0123456789abcdef', 'SHA-1', x'01', x'02');
      """
    try await withLedger(ofVersion: "1", rows) { ledger in
      let (devices, verifiers) = try await ledger.read { reader in
        (try reader.devices(of: 7), try reader.scramVerifiers(of: 7))
      }
      #expect(devices.map(\.apps) == [[.xmpp: .monal]])
      #expect(verifiers.count == 1)
    }
  }

  @Test("a sign-in from before web sessions stays a full one")
  func beforeWebSessions() async throws {
    let rows = "INSERT INTO sign_ins VALUES (x'01', 7, 1, 1, 1, 2000000000, '')"
    try await withLedger(ofVersion: "6", rows) { ledger in
      let found = try await ledger.read { try $0.signIns(of: 7, at: Timestamp(seconds: 1_800_000_000)) }
      #expect(found.map(\.isByTicket) == [false])
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct MigrationTests {
  @Test("a ledger from before calls keeps its devices and their apps")
  func beforeCalls() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "trunkline-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let old = try DatabaseQueue(path: folder.appending(path: "ledger.sqlite").path)
    try Ledger.migrator.migrate(old, upTo: "1")
    try await old.write { database in
      try database.execute(
        sql: """
          INSERT INTO accounts (id, home_server, home_id, name, display_name, standing, standing_checked_at,
            services, presence, created_at)
          VALUES (7, 'example.social', '1', 'alice', 'Alice', 'active', 1, 'xmpp', 'nobody', 1);
          INSERT INTO devices (id, account, name, app, services, created_at)
          VALUES ('0123456789abcdef', 7, 'Phone', 'monal', 'xmpp', 1);
          INSERT INTO scram_verifiers VALUES ('0123456789abcdef', 'SHA-1', x'01', x'02');
          """)
    }
    try old.close()
    let ledger = try Ledger(folder: folder)
    let (devices, verifiers) = try await ledger.read { reader in
      (try reader.devices(of: 7), try reader.scramVerifiers(of: 7))
    }
    #expect(devices.map(\.apps) == [[.xmpp: .monal]])
    #expect(verifiers.count == 1)
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import GRDB
import Testing

@testable import Engines

@Suite("What Prosody has seen")
struct EngineObservationsTests {
  let file = URL.temporaryDirectory.appending(path: "observations-\(UUID().uuidString).sqlite")

  /// The file as Prosody makes it.
  func make() async throws {
    let schema = ProsodyConfigurationTests.share.appending(path: "modules/mod_trunkline/observations.sql")
    let text = try String(contentsOf: schema, encoding: .utf8)
    try await DatabaseQueue(path: file.path).write { database in
      try database.execute(sql: text)
      try database.execute(
        sql: """
          INSERT INTO seen VALUES ('a', 'alice', 2000000000, '192.0.2.1', 'App', 2), ('b', 'bob', 7, '', '', 0);
          INSERT INTO purged VALUES ('p1', 1);
          """)
    }
  }

  @Test("a file that is not there yet means that nothing was seen")
  func missing() async throws {
    let observations = EngineObservations(file: file)
    #expect(try await observations.seen(["a"]).isEmpty)
    #expect(try await observations.purged(["p1"]).isEmpty)
    #expect(try await observations.online() == 0)
  }

  @Test("tells when, from where and whether now, of the devices that are asked for")
  func seen() async throws {
    try await make()
    let observations = EngineObservations(file: file)
    let seen = try await observations.seen(["a", "c"])
    #expect(seen.count == 1)
    #expect(seen["a"]?.connectedAt == Timestamp(seconds: 2_000_000_000))
    #expect(seen["a"]?.address == "192.0.2.1")
    #expect(seen["a"]?.isOnline == true)
    #expect(try await observations.online() == 1)
  }

  @Test("tells which purges are done")
  func purged() async throws {
    try await make()
    #expect(try await EngineObservations(file: file).purged(["p1", "p2"]) == ["p1"])
  }
}

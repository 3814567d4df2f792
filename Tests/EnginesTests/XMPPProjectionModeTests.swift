// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import Testing

@testable import Engines

/// What lets an engine read, and not write, whether the daemon runs or not.
@Suite struct XMPPProjectionModeTests {
  private static let schema: String = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../share/prosody/projection.sql")
    return (try? String(contentsOf: file, encoding: .utf8)) ?? ""
  }()

  @Test func filesAreReadableForTheGroupOnlyAndTheLogStaysWhenItIsClosed() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "projection-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let projection = try XMPPProjection(folder: folder, schema: Self.schema, epoch: "e")
    try await projection.close()
    func attributes(_ path: String) throws -> (mode: Int, size: Int) {
      let all = try FileManager.default.attributesOfItem(atPath: path)
      return ((all[.posixPermissions] as? Int ?? 0), (all[.size] as? Int ?? 0))
    }
    #expect(try attributes(folder.path).mode == 0o2750)
    for suffix in ["", "-wal", "-shm"] {
      let file = try attributes(folder.appending(path: "projection.sqlite\(suffix)").path)
      #expect(file.mode == 0o640, "\(suffix)")
      #expect(file.size > 0, "\(suffix)")
    }
  }
}

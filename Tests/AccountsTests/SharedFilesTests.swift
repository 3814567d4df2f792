// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Engines
import Foundation
import GRDB
import Storage
import Testing

@testable import Accounts

/// The daemon and the command line have the same files open, and none waits for the other.
@Suite struct SharedFilesTests {
  private let phone = NewDevice(name: DeviceName(stored: "Phone"), app: .conversations)

  @Test func whoeverHasThePutAsideFileOpenWritesIntoTheNewOne() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let daemon = try stage.open()
    let alice = try await stage.member(in: daemon)
    let one = try await daemon.addDevice(phone, to: alice.id, by: .member)
    let two = try await daemon.addDevice(phone, to: alice.id, by: .member)

    // As a command does that finds the file damaged.
    let command = try stage.open()
    try XMPPProjection.putAside(folder: stage.projectionFolder)
    _ = try await command.projections.chat.prepare()

    _ = try await daemon.revokeDevice(one.device.id, of: alice.id, by: .member)
    #expect(try stage.projectedDevices() == [two.device.id.text])
    let position = try await daemon.projections.chat.follow()
    #expect(try await command.projections.chat.follow() == position)
  }

  @Test func aRestoredLedgerGivesNoNumberOutAgainUnseen() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let before = try stage.open()
    let alice = try await stage.member(in: before)
    try before.ledger.close()
    let ledger = stage.folder.appending(path: "ledger")
    let backup = stage.folder.appending(path: "backup")
    try FileManager.default.copyItem(at: ledger, to: backup)
    let later = try stage.open()
    _ = try await later.addDevice(phone, to: alice.id, by: .member)
    try await later.projections.chat.forget()
    try later.ledger.close()
    try FileManager.default.removeItem(at: ledger)
    try FileManager.default.moveItem(at: backup, to: ledger)

    // No “prepare” before it: the first command after the restore takes the number of the forgotten change.
    let restored = try stage.open()
    let new = try await restored.addDevice(phone, to: alice.id, by: .admin)
    #expect(try stage.projectedDevices() == [new.device.id.text])
  }

  @Test func aSoundProjectionThatCannotBeReadNowIsNotThrownAway() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let before = try stage.open()
    let alice = try await stage.member(in: before)
    let one = try await before.addDevice(phone, to: alice.id, by: .member)
    try await before.projections.chat.forget()
    let newer = try DatabaseQueue(path: stage.projectionFile.path)
    try await newer.write { try $0.execute(sql: "UPDATE position SET schema = 99") }
    try newer.close()

    let after = try stage.open()
    let error = await #expect(throws: EngineError.self) { try await after.projections.chat.prepare() }
    #expect(error?.code == .newerSchema)
    #expect(try stage.projectedDevices() == [one.device.id.text])
  }

  @Test func aProjectionWithoutItsTablesIsMadeAgain() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let before = try stage.open()
    let alice = try await stage.member(in: before)
    let one = try await before.addDevice(phone, to: alice.id, by: .member)
    try await before.projections.chat.forget()
    let other = try DatabaseQueue(path: stage.projectionFile.path)
    try await other.write { try $0.execute(sql: "DROP TABLE members; DROP TABLE changes") }
    try other.close()

    let after = try stage.open()
    let two = try await after.addDevice(phone, to: alice.id, by: .member)
    #expect(try stage.projectedDevices() == [one.device.id.text, two.device.id.text])
  }

  @Test func severalMayStartAtOnceOnAnEmptyFolder() async throws {
    for _ in 0..<5 {
      let stage = try Stage()
      defer { stage.remove() }
      try await withThrowingTaskGroup { group in
        for _ in 0..<4 {
          group.addTask {
            let accounts = try stage.open()
            _ = try await accounts.projections.chat.prepare()
            try await accounts.projections.chat.forget()
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func theLedgersFilesAreItsOwnersOnly() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let folder = stage.folder.appending(path: "ledger")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    let accounts = try stage.open()
    _ = try await stage.member(in: accounts)
    for suffix in ["", "-wal", "-shm"] {
      let file = folder.appending(path: "ledger.sqlite\(suffix)")
      let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
      #expect(mode == 0o600, "\(file.lastPathComponent)")
    }
  }
}

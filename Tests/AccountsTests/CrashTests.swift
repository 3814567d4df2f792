// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Engines
import Foundation
import Storage
import Testing

@testable import Accounts

/// A crash at each step of issuing and revoking, then a new start: what was acknowledged holds, nothing is half there.
@Suite struct CrashTests {
  private let phone = NewDevice(name: DeviceName(stored: "Phone"), app: .conversations)

  /// What a change that a member waits for passes; errands come after it, and have a test of their own.
  private static let onTheWay = FailPoint.allCases.filter { $0 != .afterErrand }

  @Test(arguments: onTheWay) func issuingIsWholeOrNothing(point: FailPoint) async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let before = try stage.open()
    let alice = try await stage.member(in: before)
    let first = try await before.addDevice(phone, to: alice.id, by: .member)
    stage.failures.crash(at: point)
    let issued = try? await before.addDevice(phone, to: alice.id, by: .member)
    stage.failures.crash(at: nil)

    let after = try stage.open()
    _ = try await after.projections.chat.prepare()
    let devices = try await after.overview(of: alice.id).devices.map(\.device.id.text)
    #expect(try stage.projectedDevices() == Set(devices))
    #expect(devices.contains(first.device.id.text))
    if let issued { #expect(devices.contains(issued.device.id.text)) }
    let verifiers = try await after.ledger.read { try $0.scramVerifiers(of: alice.id) }
    for device in devices { #expect(verifiers[Device.ID(stored: device)]?.count == SCRAMHash.allCases.count) }
  }

  @Test(arguments: onTheWay) func anAcknowledgedRevocationHolds(point: FailPoint) async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let before = try stage.open()
    let alice = try await stage.member(in: before)
    let device = try await before.addDevice(phone, to: alice.id, by: .member).device.id
    stage.failures.crash(at: point)
    let enforcement = try? await before.revokeDevice(device, of: alice.id, by: .member)
    stage.failures.crash(at: nil)
    if enforcement != nil { #expect(try stage.projectedDevices() == []) }

    let after = try stage.open()
    _ = try await after.projections.chat.prepare()
    let left = try await after.overview(of: alice.id).devices.map(\.device.id.text)
    #expect(try stage.projectedDevices() == Set(left))
    if enforcement != nil { #expect(left.isEmpty) }
  }

  enum Mishap: CaseIterable, Sendable {
    case missing, garbage, truncated, fromYesterday, ofAnotherLedger
  }

  @Test(arguments: Mishap.allCases) func aProjectionThatIsNotOursIsMadeAgain(mishap: Mishap) async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let before = try stage.open()
    let alice = try await stage.member(in: before)
    let file = stage.projectionFolder.appending(path: "projection.sqlite")
    let copy = stage.folder.appending(path: "copy")
    let one = try await before.addDevice(phone, to: alice.id, by: .member)
    let epoch = try await before.projections.chat.prepare().epoch
    try await before.projections.chat.rebuild()
    try FileManager.default.copyItem(at: stage.projectionFolder, to: copy)
    let two = try await before.addDevice(phone, to: alice.id, by: .member)
    _ = try await before.revokeDevice(one.device.id, of: alice.id, by: .member)

    switch mishap {
    case .missing: try FileManager.default.removeItem(at: stage.projectionFolder)
    case .garbage:
      for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
      try Data(repeating: 7, count: 50_000).write(to: file)
    case .truncated:
      for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
      try Data("SQLite format 3\0".utf8).write(to: file)
    case .fromYesterday:
      try FileManager.default.removeItem(at: stage.projectionFolder)
      try FileManager.default.copyItem(at: copy, to: stage.projectionFolder)
    case .ofAnotherLedger:
      try FileManager.default.removeItem(at: stage.projectionFolder)
      let other = try Stage()
      defer { other.remove() }
      let stranger = try other.open()
      let member = try await other.member(in: stranger)
      _ = try await stranger.addDevice(phone, to: member.id, by: .member)
      try FileManager.default.copyItem(at: other.projectionFolder, to: stage.projectionFolder)
    }

    let after = try stage.open()
    let position = try await after.projections.chat.prepare()
    #expect(try stage.projectedDevices() == [two.device.id.text])
    if mishap != .fromYesterday { #expect(position.epoch != epoch) }
  }

  @Test func aLedgerThatWasRestoredGivesANewEpoch() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let before = try stage.open()
    let alice = try await stage.member(in: before)
    let one = try await before.addDevice(phone, to: alice.id, by: .member)
    let epoch = try await before.projections.chat.prepare().epoch
    try before.ledger.close()
    let backup = stage.folder.appending(path: "backup")
    try FileManager.default.copyItem(at: stage.folder.appending(path: "ledger"), to: backup)

    let later = try stage.open()
    _ = try await later.addDevice(phone, to: alice.id, by: .member)
    try later.ledger.close()
    try FileManager.default.removeItem(at: stage.folder.appending(path: "ledger"))
    try FileManager.default.moveItem(at: backup, to: stage.folder.appending(path: "ledger"))

    let restored = try stage.open()
    #expect(try await restored.projections.chat.prepare().epoch != epoch)
    #expect(try stage.projectedDevices() == [one.device.id.text])
  }

  @Test func aRestoredLedgerThatIsWrittenToBeforeAnythingElseIsStillNoticed() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let before = try stage.open()
    let alice = try await stage.member(in: before)
    let one = try await before.addDevice(phone, to: alice.id, by: .member)
    try before.ledger.close()
    let backup = stage.folder.appending(path: "backup")
    try FileManager.default.copyItem(at: stage.folder.appending(path: "ledger"), to: backup)
    // One step that the backup does not have…
    let later = try stage.open()
    let lost = try await later.addDevice(phone, to: alice.id, by: .member)
    try later.ledger.close()
    try FileManager.default.removeItem(at: stage.folder.appending(path: "ledger"))
    try FileManager.default.moveItem(at: backup, to: stage.folder.appending(path: "ledger"))
    // … and one step after it: the sequences are level, the histories are not.
    let restored = try stage.open()
    _ = try await restored.revokeDevice(one.device.id, of: alice.id, by: .member)
    #expect(try stage.projectedDevices() == [], "\(one.device.id) \(lost.device.id)")
  }

  @Test func whatCannotBeProjectedIsNotAcknowledgedAndIsTriedAgain() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await stage.member(in: accounts)
    let one = try await accounts.addDevice(phone, to: alice.id, by: .member)
    try await accounts.projections.chat.forget()
    // A file where the folder should be: not even root can write through that.
    let aside = stage.folder.appending(path: "aside")
    try FileManager.default.moveItem(at: stage.projectionFolder, to: aside)
    try Data().write(to: stage.projectionFolder)

    let revoking = await #expect(throws: AccountsError.self) {
      try await accounts.revokeDevice(one.device.id, of: alice.id, by: .member)
    }
    #expect(revoking?.code == .notYetInForce)
    let issuing = await #expect(throws: AccountsError.self) {
      try await accounts.addDevice(phone, to: alice.id, by: .member)
    }
    #expect(issuing?.code == .notYetInForce)
    #expect(try await accounts.overview(of: alice.id).devices.isEmpty)

    try FileManager.default.removeItem(at: stage.projectionFolder)
    try FileManager.default.moveItem(at: aside, to: stage.projectionFolder)
    #expect(try stage.projectedDevices() == [one.device.id.text])
    try await accounts.projections.followIfBehind()
    #expect(try stage.projectedDevices() == [])
  }

  @Test func aThousandMembersAtOnceComeOutRight() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    try await accounts.ledger.write { writer in
      for index in 0..<1_200 {
        let account = try writer.addAccount(
          Account(
            id: 0, identity: AccountIdentity(homeServer: "example.social", id: "\(index)"),
            name: Name(stored: "m\(index)"), displayName: "", standing: .active,
            standingCheckedAt: Timestamp(seconds: 0), services: [.xmpp], createdAt: Timestamp(seconds: 0)))
        try writer.setSCRAMParameters(
          Dictionary(uniqueKeysWithValues: SCRAMHash.allCases.map { ($0, .make(random: .system)) }),
          of: account.id)
        try writer.post(account.name, at: Timestamp(seconds: 0))
      }
    }
    try await accounts.projections.chat.follow()
    #expect(try stage.projectedDevices("m0") == [])
    #expect(try stage.projectedDevices("m1199") == [])
    try await accounts.projections.chat.rebuild()
    #expect(try stage.projectedDevices("m0") == [])
    #expect(try stage.projectedDevices("m1199") == [])
  }
}

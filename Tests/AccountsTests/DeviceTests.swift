// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Engines
import Foundation
import Storage
import Testing

@testable import Accounts

@Suite struct DeviceTests {
  private let phone = NewDevice(name: DeviceName(stored: "Phone"), app: .conversations)

  @Test func aDeviceIsInTheProjectionWhenItIsAcknowledged() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await stage.member(in: accounts)
    let issued = try await accounts.addDevice(phone, to: alice.id, by: .member)
    #expect(try stage.projectedDevices() == [issued.device.id.text])
    let verifiers = try await accounts.ledger.read { try $0.scramVerifiers(of: alice.id) }
    let parameters = try await accounts.ledger.read { try $0.scramParameters(of: alice.id) }
    for hash in SCRAMHash.allCases {
      let parameter = try #require(parameters[hash])
      let password = try #require(issued.passwords[.xmpp])
      let derived = try SCRAMVerifier.derive(
        password.secret, hash: hash, salt: parameter.salt, iterations: parameter.iterations)
      #expect(verifiers[issued.device.id]?[hash] == derived)
    }
  }

  @Test func aRevokedDeviceIsGoneFromTheProjectionAndTheOtherStays() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await stage.member(in: accounts)
    let one = try await accounts.addDevice(phone, to: alice.id, by: .member)
    let two = try await accounts.addDevice(phone, to: alice.id, by: .member)
    _ = try await accounts.revokeDevice(one.device.id, of: alice.id, by: .member)
    #expect(try stage.projectedDevices() == [two.device.id.text])
    _ = try await accounts.revokeDevice(one.device.id, of: alice.id, by: .member)
    #expect(try await accounts.overview(of: alice.id).devices.map(\.device.id) == [two.device.id])
  }

  @Test func anothersDeviceIsNoDevice() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await stage.member(in: accounts)
    let bob = try await stage.member("bob", in: accounts)
    let issued = try await accounts.addDevice(phone, to: alice.id, by: .member)
    for attempt in [
      { _ = try await accounts.revokeDevice(issued.device.id, of: bob.id, by: .member) },
      {
        try await accounts.renameDevice(
          issued.device.id, to: DeviceName(stored: "x"), of: bob.id, by: .member)
      },
    ] as [() async throws -> Void] {
      await #expect(throws: AccountsError.noSuchDevice) { try await attempt() }
    }
    #expect(try stage.projectedDevices() == [issued.device.id.text])
  }

  @Test func theLimitCountsWhatIsInTheList() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open(
      rules: Accounts.Rules(domain: "example.social", devices: DevicePolicy(limit: 2)))
    let alice = try await stage.member(in: accounts)
    let first = try await accounts.addDevice(phone, to: alice.id, by: .member)
    let short = NewDevice(name: phone.name, app: .other, expiresAt: stage.clock.now() + 100)
    _ = try await accounts.addDevice(short, to: alice.id, by: .member)
    await #expect(throws: AccountsError.self) {
      try await accounts.addDevice(phone, to: alice.id, by: .member)
    }
    stage.clock.advance(101)
    await #expect(throws: AccountsError.self) {
      try await accounts.addDevice(phone, to: alice.id, by: .member)
    }
    _ = try await accounts.revokeDevice(first.device.id, of: alice.id, by: .member)
    _ = try await accounts.addDevice(phone, to: alice.id, by: .member)
  }

  @Test func whoIsNotAdmittedOrHasChatOffGetsNoDevice() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await stage.member(in: accounts)
    try await accounts.setService(.xmpp, on: false, of: alice.id, by: .member)
    await #expect(throws: AccountsError.serviceOff(.xmpp)) {
      try await accounts.addDevice(phone, to: alice.id, by: .member)
    }
    try await accounts.disable(alice.id, by: .admin)
    await #expect(throws: AccountsError.disabledHere) {
      try await accounts.addDevice(phone, to: alice.id, by: .member)
    }
    await #expect(throws: AccountsError.noSuchAccount) {
      try await accounts.addDevice(phone, to: 999, by: .member)
    }
  }

  @Test func switchingOffAndOnKeepsPasswords() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await stage.member(in: accounts)
    let issued = try await accounts.addDevice(phone, to: alice.id, by: .member)
    let one: Set<String> = [issued.device.id.text]
    try await accounts.setService(.xmpp, on: false, of: alice.id, by: .member)
    #expect(try stage.projectedDevices() == nil)
    try await accounts.setService(.xmpp, on: true, of: alice.id, by: .member)
    #expect(try stage.projectedDevices() == one)
    try await accounts.disable(alice.id, by: .admin)
    #expect(try stage.projectedDevices() == nil)
    // The home server's word does not undo the admin's.
    _ = try await accounts.settle(alice.id, standing: .suspended, tokenIsDead: false)
    _ = try await accounts.settle(alice.id, standing: .active, tokenIsDead: false)
    #expect(try stage.projectedDevices() == nil)
    try await accounts.enable(alice.id, by: .admin)
    #expect(try stage.projectedDevices() == one)
  }

  @Test(arguments: Standing.allCases.filter { !$0.admits })
  func whomTheHomeServerKeepsOutIsOutAndComesBack(standing: Standing) async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await stage.member(in: accounts)
    let issued = try await accounts.addDevice(phone, to: alice.id, by: .member)
    _ = try await accounts.settle(alice.id, standing: standing, tokenIsDead: false)
    #expect(try stage.projectedDevices() == nil)
    _ = try await accounts.settle(alice.id, standing: nil, tokenIsDead: false)
    #expect(try stage.projectedDevices() == nil)
    _ = try await accounts.settle(alice.id, standing: .active, tokenIsDead: false)
    #expect(try stage.projectedDevices() == [issued.device.id.text])
  }

  @Test func deletingRevokesAndKeepsTheNameUntilItIsWiped() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await stage.member(in: accounts)
    _ = try await accounts.addDevice(phone, to: alice.id, by: .member)
    try await accounts.delete(alice.id, by: .admin)
    #expect(try stage.projectedDevices() == nil)
    let owner = try await accounts.ledger.read { try $0.owner(of: alice.name) }
    #expect(owner == alice.identity)
    // The engine has not run: nothing is finished.
    try await accounts.finishPurges()
    #expect(try await accounts.account(alice.id).deletedAt != nil)
  }
}

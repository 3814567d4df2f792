// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Engines
import Foundation
import GRDB
import Storage
import Testing

@testable import Accounts

/// Devices that call: which verifiers are made, and what Kamailio reads of them.
@Suite struct CallTests {
  private let phone = NewDevice(name: DeviceName(stored: "Phone"), app: .linphone)

  /// `algorithm ha1` of each row that Kamailio would try for this member.
  private func projected(_ stage: Stage, _ name: String = "alice") throws -> Set<String> {
    var configuration = Configuration()
    configuration.readonly = true
    let file = stage.callsFolder.appending(path: "projection.sqlite").path
    return try DatabaseQueue(path: file, configuration: configuration).read { database in
      try String.fetchSet(
        database, sql: "SELECT algorithm || ' ' || ha1 FROM credentials WHERE name = ?", arguments: [name])
    }
  }

  private func caller(_ stage: Stage, _ accounts: Accounts) async throws -> Account {
    let account = try await stage.member(in: accounts)
    try await accounts.setService(.sip, on: true, of: account.id, by: .member)
    return account
  }

  private func expected(_ algorithm: DigestAlgorithm, _ issued: IssuedDevice) throws -> String {
    let password = try #require(issued.passwords[.sip])
    let ha1 = DigestHA1(
      algorithm: algorithm, username: "alice", realm: "example.social", password: password.secret)
    return "\(algorithm.rawValue) \(ha1.value.reveal())"
  }

  @Test(
    "an app gets the verifiers that it can use, and no others",
    arguments: [
      (App.linphone, [DigestAlgorithm.sha256]), (.baresip, [.md5]), (.deskPhone, [.md5]),
      (.otherPhone, [.md5, .sha256]),
    ])
  func verifiers(app: App, algorithms: [DigestAlgorithm]) async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await caller(stage, accounts)
    let issued = try await accounts.addDevice(
      NewDevice(name: DeviceName(stored: "Phone"), app: app), to: alice.id, by: .member)
    #expect(Set(issued.passwords.keys) == [.sip])
    #expect(try projected(stage) == Set(try algorithms.map { try expected($0, issued) }))
    // Chat is on, too: the chat server knows the member, and no device of theirs.
    #expect(try stage.projectedDevices() == [])
  }

  @Test("one device may chat and call, with two passwords")
  func both() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await caller(stage, accounts)
    let new = NewDevice(name: DeviceName(stored: "Phone"), apps: [.xmpp: .conversations, .sip: .baresip])
    let issued = try await accounts.addDevice(new, to: alice.id, by: .member)
    #expect(issued.passwords[.xmpp]?.secret != issued.passwords[.sip]?.secret)
    #expect(try stage.projectedDevices() == [issued.device.id.text])
    #expect(try projected(stage) == [try expected(.md5, issued)])
    let devices = try await accounts.overview(of: alice.id).devices
    #expect(devices.map(\.device.apps) == [[.xmpp: .conversations, .sip: .baresip]])
  }

  @Test("revoked, switched off, disabled: nothing is left for Kamailio to try")
  func ending() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await caller(stage, accounts)
    let first = try await accounts.addDevice(phone, to: alice.id, by: .member)
    let second = try await accounts.addDevice(phone, to: alice.id, by: .member)
    _ = try await accounts.revokeDevice(first.device.id, of: alice.id, by: .member)
    #expect(try projected(stage) == [try expected(.sha256, second)])
    try await accounts.setService(.sip, on: false, of: alice.id, by: .member)
    #expect(try projected(stage).isEmpty)
    try await accounts.setService(.sip, on: true, of: alice.id, by: .member)
    #expect(try projected(stage) == [try expected(.sha256, second)])
    try await accounts.disable(alice.id, by: .admin)
    #expect(try projected(stage).isEmpty)
  }

  @Test("the ledger holds no HA1 that can be read without the key")
  func sealed() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await caller(stage, accounts)
    let issued = try await accounts.addDevice(phone, to: alice.id, by: .member)
    let ha1 = try #require(try expected(.sha256, issued).split(separator: " ").last)
    let folder = stage.folder.appending(path: "ledger")
    for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
      #expect(try Data(contentsOf: file).range(of: Data(ha1.utf8)) == nil, "\(file.lastPathComponent)")
    }
    // Another key opens nothing, and says so instead of letting the projection lose everybody.
    let wrong = Projector<SIPContent>(
      ledger: accounts.ledger, source: .calls(key: SealingKey(random: .system)),
      folder: stage.folder.appending(path: "wrong"), schema: Stage.callsSchema, control: nil,
      log: accounts.log)
    await #expect(throws: EngineError.self) { try await wrong.follow() }
  }

  @Test("calls are refused to who has them off, and on a site without them")
  func refusals() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await stage.member(in: accounts)
    await #expect(throws: AccountsError.serviceOff(.sip)) {
      try await accounts.addDevice(phone, to: alice.id, by: .member)
    }
    let chatOnly = try stage.open(rules: Accounts.Rules(domain: "example.social"))
    await #expect(throws: AccountsError.notOffered(.sip)) {
      try await chatOnly.setService(.sip, on: true, of: alice.id, by: .member)
    }
  }

  @Test("a projection for calls that is lost is made again, and the epoch beside it is the new one")
  func rebuilding() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await caller(stage, accounts)
    let issued = try await accounts.addDevice(phone, to: alice.id, by: .member)
    let calls = try #require(accounts.projections.calls)
    let announced = stage.callsFolder.appending(path: "projection.epoch")
    let before = try await calls.follow().epoch
    #expect(try String(contentsOf: announced, encoding: .utf8) == before)
    try SIPProjection.putAside(folder: stage.callsFolder)
    let after = try await calls.follow().epoch
    #expect(after != before)
    #expect(try String(contentsOf: announced, encoding: .utf8) == after)
    #expect(try projected(stage) == [try expected(.sha256, issued)])
  }

  @Test("a provisioning link gives the app what it needs, once")
  func provisioning() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await caller(stage, accounts)
    let issued = try await accounts.addDevice(phone, to: alice.id, by: .member)
    let token = try #require(try await accounts.offerProvisioning(of: issued))
    let phone = try await accounts.redeemProvisioning(token)
    #expect(phone.handle == alice.handle)
    #expect(phone.device == issued.device.id)
    #expect("SHA-256 \(phone.digest.value.reveal())" == (try expected(.sha256, issued)))
    await #expect(throws: AccountsError.linkUnknown) { try await accounts.redeemProvisioning(token) }
    await #expect(throws: AccountsError.linkUnknown) {
      try await accounts.redeemProvisioning(Secret("0000"))
    }
  }

  @Test("a provisioning link that is too old, or of a device or member that is out, gives nothing")
  func deadLinks() async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let accounts = try stage.open()
    let alice = try await caller(stage, accounts)
    func link() async throws -> (IssuedDevice, Secret) {
      let issued = try await accounts.addDevice(phone, to: alice.id, by: .member)
      return (issued, try #require(try await accounts.offerProvisioning(of: issued)))
    }
    let (_, old) = try await link()
    stage.clock.advance(Accounts.provisioningLife)
    await #expect(throws: AccountsError.linkUnknown) { try await accounts.redeemProvisioning(old) }
    let (revoked, dead) = try await link()
    _ = try await accounts.revokeDevice(revoked.device.id, of: alice.id, by: .member)
    await #expect(throws: AccountsError.linkUnknown) { try await accounts.redeemProvisioning(dead) }
    let (_, late) = try await link()
    try await accounts.setService(.sip, on: false, of: alice.id, by: .member)
    await #expect(throws: AccountsError.linkUnknown) { try await accounts.redeemProvisioning(late) }
    let chat = try await accounts.addDevice(
      NewDevice(name: DeviceName(stored: "Laptop"), app: .gajim), to: alice.id, by: .member)
    #expect(try await accounts.offerProvisioning(of: chat) == nil)
  }
}

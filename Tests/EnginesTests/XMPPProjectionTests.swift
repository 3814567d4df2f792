// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import GRDB
import Synchronization
import Testing

@testable import Engines

@Suite("The XMPP projection")
struct XMPPProjectionTests {
  let folder = URL.temporaryDirectory.appending(path: "projection-\(UUID().uuidString)")

  static func schema() throws -> String {
    try String(
      contentsOf: ProsodyConfigurationTests.share.appending(path: "projection.sql"), encoding: .utf8)
  }

  func open(epoch: String = "first") throws -> XMPPProjection {
    try XMPPProjection(folder: folder, schema: Self.schema(), epoch: epoch)
  }

  static func member(_ name: String, devices: Int = 1) throws -> ProjectedMember {
    let verifier = SCRAMVerifier(
      storedKey: Data(repeating: 1, count: 20), serverKey: Data(repeating: 2, count: 20))
    let parameters = SCRAMParameters(salt: Data(repeating: 3, count: 16), iterations: 4096)
    return ProjectedMember(
      name: try Name(name), sha1: parameters, sha256: parameters, presence: .nobody, reach: .followed,
      devices: (0..<devices).map { index in
        ProjectedDevice(
          id: Device.ID(stored: "device00000000\(10 + index)"),
          expiresAt: index == 0 ? nil : Timestamp(seconds: 2_000_000_000), sha1: verifier, sha256: verifier)
      })
  }

  /// What an engine would read, over a connection of its own.
  func rows(_ sql: String) throws -> [String] {
    var configuration = Configuration()
    configuration.readonly = true
    let file = folder.appending(path: "projection.sqlite").path
    return try DatabaseQueue(path: file, configuration: configuration).read {
      try String.fetchAll($0, sql: sql)
    }
  }

  func mode(_ suffix: String) throws -> Int {
    let file = folder.appending(path: "projection.sqlite\(suffix)").path
    return try #require(FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int)
  }

  @Test("an engine of the group can read it and not write it, also when it is closed")
  func modes() async throws {
    let projection = try open()
    for suffix in ["", "-wal", "-shm"] { #expect(try mode(suffix) == 0o640) }
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.path)
    #expect(attributes[.posixPermissions] as? Int == 0o2750)
    try await projection.close()
    for suffix in ["", "-wal", "-shm"] { #expect(try mode(suffix) == 0o640) }
    let wal = folder.appending(path: "projection.sqlite-wal").path
    #expect(try #require(FileManager.default.attributesOfItem(atPath: wal)[.size] as? Int) > 0)
  }

  @Test("what was applied is there, with its place in the change log")
  func applying() async throws {
    let projection = try open()
    let alice = try Self.member("alice", devices: 2)
    let position = try #require(
      try await projection.apply(
        [ProjectedChange(sequence: 1, name: alice.name, member: alice)],
        asides: XMPPContent.Asides(purges: [ProjectedPurge(id: "p1", name: try Name("bob"))])))
    #expect(position.isLevel(with: ProjectionPosition(epoch: "first", sequence: 1)))
    #expect(try rows("SELECT name FROM changes") == ["alice"])
    #expect(try rows("SELECT name FROM purges") == ["bob"])
    let lines = try #require(try rows("SELECT devices FROM members").first).split(separator: "\n")
    #expect(lines.count == 2)
    for line in lines {
      #expect(
        line.wholeMatch(
          of: #/[a-z0-9]{16} [0-9]+ [A-Za-z0-9+\/=]+ [A-Za-z0-9+\/=]+ [A-Za-z0-9+\/=]+ [A-Za-z0-9+\/=]+/#)
          != nil)
    }
    #expect(lines[0].contains(" 0 ") && lines[1].contains(" 2000000000 "))
  }

  @Test("a change is applied once, and an older one never undoes a newer one")
  func repeating() async throws {
    let projection = try open()
    let alice = try Self.member("alice")
    let added = ProjectedChange(sequence: 1, name: alice.name, member: alice)
    let removed = ProjectedChange<ProjectedMember>(sequence: 2, name: alice.name, member: nil)
    _ = try await projection.apply([added, removed], asides: XMPPContent.Asides())
    #expect(try await projection.apply([added], asides: XMPPContent.Asides())?.sequence == 2)
    #expect(try rows("SELECT name FROM members").isEmpty)
    #expect(try rows("SELECT name FROM changes") == ["alice", "alice"])
  }

  @Test("nothing is applied to a projection that is elsewhere than its writer believes")
  func expecting() async throws {
    let projection = try open()
    let alice = try Self.member("alice")
    let added = ProjectedChange(sequence: 1, name: alice.name, member: alice)
    let here = try #require(try await projection.positionInPlace())
    let elsewhere = ProjectionPosition(epoch: "another", sequence: 0, mark: "")
    #expect(try await projection.apply([added], asides: XMPPContent.Asides(), after: elsewhere) == nil)
    #expect(try rows("SELECT name FROM members").isEmpty)
    #expect(try await projection.apply([added], asides: XMPPContent.Asides(), after: here)?.sequence == 1)
    #expect(try rows("SELECT name FROM members") == ["alice"])
  }

  @Test("whoever writes into a file that was put aside is told")
  func puttingAside() async throws {
    let projection = try open()
    let alice = try Self.member("alice")
    try XMPPProjection.putAside(folder: folder)
    let added = ProjectedChange(sequence: 1, name: alice.name, member: alice)
    #expect(try await projection.positionInPlace() == nil)
    #expect(try await projection.apply([added], asides: XMPPContent.Asides()) == nil)
  }

  @Test("rebuilding replaces everything under a new epoch, in the same file")
  func rebuilding() async throws {
    let projection = try open()
    let alice = try Self.member("alice")
    _ = try await projection.apply(
      [ProjectedChange(sequence: 1, name: alice.name, member: alice)], asides: XMPPContent.Asides())
    let before =
      try FileManager.default.attributesOfItem(atPath: projection.file.path)[.systemFileNumber] as? Int
    let members = Members([try Self.member("carol")])
    try await projection.rebuild(epoch: "second", sequence: 9, asides: XMPPContent.Asides()) {
      members.next()
    }
    #expect(try await projection.position().isLevel(with: ProjectionPosition(epoch: "second", sequence: 9)))
    #expect(try rows("SELECT name FROM members") == ["carol"])
    #expect(try rows("SELECT name FROM changes").isEmpty)
    let after =
      try FileManager.default.attributesOfItem(atPath: projection.file.path)[.systemFileNumber] as? Int
    #expect(before == after)
  }

  @Test("a rebuild that fails in its middle changes nothing")
  func failedRebuild() async throws {
    struct Broken: Error {}
    let projection = try open()
    let alice = try Self.member("alice")
    _ = try await projection.apply(
      [ProjectedChange(sequence: 1, name: alice.name, member: alice)], asides: XMPPContent.Asides())
    await #expect(throws: EngineError.self) {
      try await projection.rebuild(epoch: "second", sequence: 9, asides: XMPPContent.Asides()) {
        throw Broken()
      }
    }
    #expect(try await projection.position().isLevel(with: ProjectionPosition(epoch: "first", sequence: 1)))
    #expect(try rows("SELECT name FROM members") == ["alice"])
  }

  @Test("a damaged file is found, put aside and made again as another file")
  func damaged() async throws {
    try await open().close()
    let file = folder.appending(path: "projection.sqlite")
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
    try Data(repeating: 0x55, count: 8192).write(to: file)
    #expect {
      try open()
    } throws: { ($0 as? EngineError)?.code == .projectionDamaged }
    try XMPPProjection.putAside(folder: folder)
    let projection = try open(epoch: "second")
    #expect(try await projection.isSound())
    #expect(try await projection.position().epoch == "second")
  }

  @Test("the schema of a newer version is refused and left alone")
  func newerSchema() async throws {
    let projection = try open()
    try await projection.close()
    try await DatabaseQueue(path: projection.file.path).write {
      try $0.execute(sql: "UPDATE position SET schema = 3")
    }
    #expect {
      try open()
    } throws: { ($0 as? EngineError)?.code == .newerSchema }
    #expect(try rows("SELECT schema FROM position") == ["3"])
  }

  @Test("what an older version wrote is thrown away, with a new epoch")
  func olderSchema() async throws {
    let projection = try open()
    try await projection.close()
    try await DatabaseQueue(path: projection.file.path).write {
      try $0.execute(sql: "UPDATE position SET schema = 1, sequence = 7; DROP TABLE relations")
    }
    let position = try await open(epoch: "second").position()
    #expect(position.epoch == "second" && position.sequence == 0)
    #expect(try rows("SELECT schema FROM position") == ["2"])
    #expect(try rows("SELECT peer FROM relations").isEmpty)
  }

  @Test("commits are synchronous: an acknowledged revocation survives a power cut")
  func synchronous() async throws {
    let projection = try open()
    #expect(try await projection.synchronousLevel() == 2)
  }
}

/// Gives its members one after another, as a cursor over the ledger does.
private final class Members: Sendable {
  private let left: Mutex<[ProjectedMember]>

  init(_ members: [ProjectedMember]) { left = Mutex(members.reversed()) }

  func next() -> ProjectedMember? { left.withLock { $0.popLast() } }
}

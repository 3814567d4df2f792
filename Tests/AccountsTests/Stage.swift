// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Engines
import Foundation
import GRDB
import Logging
import Storage
import Synchronization

@testable import Accounts

/// A ledger and a projection in a folder of their own, with a clock that the test sets.
struct Stage {
  let folder: URL
  let clock = ManualClock()
  let failures = Failures()
  let key = SealingKey(random: .system)

  /// What the next fail point does.
  final class Failures: Sendable {
    struct Crash: Error {}
    private let point = Mutex<FailPoint?>(nil)

    func crash(at wanted: FailPoint?) { point.withLock { $0 = wanted } }

    var points: FailPoints {
      FailPoints { reached in
        guard self.point.withLock({ $0 }) == reached else { return }
        throw Crash()
      }
    }
  }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "trunkline-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// In a folder that is made when it is needed.
  init(folder: URL) { self.folder = folder }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  var projectionFolder: URL { folder.appending(path: "projection") }
  var projectionFile: URL { projectionFolder.appending(path: "projection.sqlite") }

  var callsFolder: URL { folder.appending(path: "calls") }

  var callServer: CallServerFile { CallServerFile(file: folder.appending(path: "kamailio.sqlite")) }

  static let schema = read("prosody/projection.sql")
  static let callsSchema = read("kamailio/projection.sql")

  private static func read(_ shared: String) -> String {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../share/\(shared)")
    return (try? String(contentsOf: file, encoding: .utf8)) ?? ""
  }

  /// As a process does at its start.
  func open(
    rules: Accounts.Rules? = nil, link: (any ChatLink)? = nil, lookups: Lookups? = nil,
    words: NoticeWords = .none
  )
    throws -> Accounts
  {
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let ledger = try Ledger(folder: folder.appending(path: "ledger"))
    let projections = Projections(
      chat: Projector(
        ledger: ledger, source: .chat(words: .none), folder: projectionFolder, schema: Self.schema,
        control: nil, clock: clock.now, log: log),
      calls: Projector(
        ledger: ledger, source: .calls(key: key), folder: callsFolder, schema: Self.callsSchema,
        control: nil, clock: clock.now, log: log),
      failPoints: failures.points)
    return Accounts(
      ledger: ledger, projections: projections,
      observations: Observations(
        chat: EngineObservations(file: folder.appending(path: "observations.sqlite")),
        calls: EngineObservations(file: callServer.file)),
      homeServer: nil, link: link, lookups: lookups,
      rules: rules ?? Accounts.Rules(domain: "example.social", services: [.xmpp, .sip]), words: words,
      key: key,
      clock: clock.now,
      failPoints: failures.points, log: log)
  }

  /// An account as the first sign-in makes it, with chat on.
  func member(_ name: String = "alice", in accounts: Accounts) async throws -> Account {
    let account = try await account(name, in: accounts)
    try await accounts.setService(.xmpp, on: true, of: account.id, by: .member)
    return account
  }

  /// The same with chat off.
  func account(_ name: String, in accounts: Accounts) async throws -> Account {
    try await accounts.ledger.write { writer in
      try writer.addAccount(
        Account(
          id: 0, identity: AccountIdentity(homeServer: "example.social", id: "id-\(name)"),
          name: Name(stored: name), displayName: name, standing: .active, standingCheckedAt: clock.now(),
          createdAt: clock.now()))
    }
  }

  /// The ids of the devices that Prosody would let in; `nil` if it knows no such member.
  func projectedDevices(_ name: String = "alice") throws -> Set<String>? {
    let file = projectionFolder.appending(path: "projection.sqlite").path
    var configuration = Configuration()
    configuration.readonly = true
    let lines = try DatabaseQueue(path: file, configuration: configuration).read { database in
      try String.fetchOne(database, sql: "SELECT devices FROM members WHERE name = ?", arguments: [name])
    }
    return lines.map { Set($0.split(separator: "\n").map { String($0.prefix(16)) }) }
  }
}

final class ManualClock: Sendable {
  private let seconds = Mutex<Int64>(1_800_000_000)
  var now: WallClock { { Timestamp(seconds: self.seconds.withLock { $0 }) } }
  func advance(_ by: Int64) { seconds.withLock { $0 += by } }
}

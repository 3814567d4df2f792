// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Engines
import Foundation
import GRDB
import Storage

@testable import Accounts

/// One power cut: the disk as it may be afterwards, and what must hold on it.
struct PowerCut {
  struct Promise {
    /// The call that was under way.
    let what: String
    let sure: Holdings
    /// What that call may have left.
    let possible: Holdings
  }

  /// The place in the log.
  let place: Int
  let fate: Disk.Fate
  let content: [String: Data]
  let promise: Promise

  /// Cuts at every acknowledgement and around every sync, and at as many other places as asked for.
  static func all(of story: Story, random: Int, using generator: inout SeededGenerator) -> [PowerCut] {
    var wanted: [Int: Set<Disk.Fate>] = [:]
    for step in story.steps { wanted[step.end, default: []].formUnion([.lost, .mixed]) }
    for (place, entry) in story.log.entries.enumerated() {
      guard case .sync = entry else { continue }
      wanted[place, default: []].formUnion([.lost, .mixed])
      wanted[place + 1, default: []].insert(.lost)
    }
    for _ in 0..<random {
      let place = Int.random(in: 0...story.log.entries.count, using: &generator)
      wanted[place, default: []].insert(Bool.random(using: &generator) ? .mixed : .kept)
    }
    return cuts(story.log, from: [:], at: wanted, using: &generator) { story.promise(at: $0) }
  }

  /// Replays a log up to each of the places.
  static func cuts(
    _ log: WriteLog, from content: [String: Data], at wanted: [Int: Set<Disk.Fate>],
    using generator: inout SeededGenerator,
    promise: (Int) -> Promise
  ) -> [PowerCut] {
    var disk = Disk(content)
    var cuts: [PowerCut] = []
    for place in 0...log.entries.count {
      for fate in Disk.Fate.allCases where wanted[place]?.contains(fate) ?? false {
        let content = disk.content(after: fate, using: &generator)
        cuts.append(PowerCut(place: place, fate: fate, content: content, promise: promise(place)))
      }
      if place < log.entries.count { disk.apply(log.entries[place]) }
    }
    return cuts
  }

  /// Puts the files where they were. Shared memory is gone with the power, or what lies there is rubbish.
  func restore(to stage: Stage) throws {
    stage.remove()
    for (path, bytes) in content {
      let file = stage.folder.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try bytes.write(to: file)
      guard path.hasSuffix(".sqlite"), place.isMultiple(of: 2) else { continue }
      try Data(repeating: 0xA5, count: 32_768).write(to: URL(filePath: file.path + "-shm"))
    }
  }

  /// Starts on what the cut has left and says all that is wrong.
  func violations(on stage: Stage) async -> [String] {
    var wrong = readAsAnEngine(stage)
    do {
      let accounts = try stage.open()
      let position = try await accounts.projections.chat.prepare()
      let holdings = try await Holdings(of: accounts.ledger)
      if holdings != promise.sure, holdings != promise.possible {
        wrong.append("the ledger does not hold what was acknowledged")
      }
      if holdings.members.values.contains(where: { $0.devices.values.contains { !$0.isWhole } }) {
        wrong.append("half a credential")
      }
      if try await accounts.projections.chat.follow() != position {
        wrong.append("the projection moves by itself")
      }
      let last = try await accounts.ledger.read { try $0.lastSequence() }
      if position.sequence != last { wrong.append("the projection is behind") }
      try await accounts.projections.chat.forget()
      try accounts.ledger.close()
      wrong += try Self.damage(stage.folder.appending(path: "ledger/ledger.sqlite"))
      wrong += try Self.damage(stage.projectionFile)
      let rows = try await Self.reader(stage.projectionFile).read(ProjectionRow.read)
      if rows != holdings.projected { wrong.append("the projection is not what the ledger says") }
    } catch {
      wrong.append("no start: \(error)")
    }
    return wrong.map { "cut at \(place) during “\(promise.what)”, \(fate): \($0)" }
  }

  /// The engine may start before anything of ours: even then nobody revoked gets in, and whoever has a password does.
  private func readAsAnEngine(_ stage: Stage) -> [String] {
    let allowed = [promise.sure.projected, promise.possible.projected]
    let rows: [String: ProjectionRow]
    do {
      rows = try Self.reader(stage.projectionFile).read(ProjectionRow.read)
    } catch {
      // Nobody has a password yet: there need not be a database.
      return promise.sure.projected.isEmpty ? [] : ["an engine cannot read: \(error)"]
    }
    return allowed.contains(rows) ? [] : ["an engine reads what does not hold"]
  }

  private static func reader(_ file: URL) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    return try DatabaseQueue(path: file.path, configuration: configuration)
  }

  private static func damage(_ file: URL) throws -> [String] {
    try reader(file).read { database in
      let found = try String.fetchAll(database, sql: "PRAGMA integrity_check")
      let orphans = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check")
      return found == ["ok"] && orphans.isEmpty ? [] : ["\(file.lastPathComponent) is damaged: \(found)"]
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Storage
import Testing

@testable import Accounts

/// The power fails while devices are issued and revoked. Whatever the disk then holds of the writes that were not
/// synced: what was acknowledged holds, in the ledger and for the engine, and nothing is half there.
///
/// `TRUNKLINE_POWER_CUT_SEED` plays another story, `TRUNKLINE_POWER_CUTS` cuts at more places.
@Suite(.serialized) struct PowerCutTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let seed = environment["TRUNKLINE_POWER_CUT_SEED"].flatMap(UInt64.init) ?? 1
  private static let places = environment["TRUNKLINE_POWER_CUTS"].flatMap(Int.init) ?? 150

  private let root: URL

  init() throws {
    root = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appending(path: "trunkline-power-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    WriteLog.install(root: root)
  }

  @Test func whatWasAcknowledgedOutlivesAPowerCut() async throws {
    defer { try? FileManager.default.removeItem(at: root) }
    var generator = SeededGenerator(seed: Self.seed)
    let story = try await Story.play(
      32, on: Stage(folder: root.appending(path: "live")), fault: .none, using: &generator)
    let cuts = PowerCut.all(of: story, random: Self.places, using: &generator)
    let wrong = await violations(cuts)
    print("power cuts: \(cuts.count) in \(story.log.entries.count) log entries of \(story.steps.count) calls")
    #expect(wrong == [], "seed \(Self.seed)")
    // It is a test of something: databases were folded back from their WALs, more than at the ends.
    for file in ["ledger/ledger.sqlite", "projection/projection.sqlite"] {
      let syncs = story.log.entries.count { if case .sync(file, _) = $0 { true } else { false } }
      #expect(syncs > 5, "\(file)")
    }
  }

  @Test func aCutDuringTheStartAfterACutIsHarmlessToo() async throws {
    defer { try? FileManager.default.removeItem(at: root) }
    var generator = SeededGenerator(seed: Self.seed &+ 1)
    let story = try await Story.play(
      10, on: Stage(folder: root.appending(path: "live")), fault: .none, using: &generator)
    let firsts = PowerCut.all(of: story, random: 0, using: &generator).filter { $0.fate == .mixed }.shuffled(
      using: &generator)
    let stage = Stage(folder: root.appending(path: "live"))
    var seconds: [PowerCut] = []
    for first in firsts.prefix(12) {
      try first.restore(to: stage)
      WriteLog.begin(in: stage.folder)
      let accounts = try stage.open()
      _ = try await accounts.projections.chat.prepare()
      try await accounts.projections.chat.forget()
      try accounts.ledger.close()
      let log = WriteLog.end(in: stage.folder)
      var wanted: [Int: Set<Disk.Fate>] = [:]
      for (place, entry) in log.entries.enumerated() {
        guard case .sync = entry else { continue }
        wanted[place] = [.lost, .mixed]
      }
      for _ in 0..<4 {
        wanted[Int.random(in: 0...log.entries.count, using: &generator), default: []].insert(.mixed)
      }
      seconds += PowerCut.cuts(log, from: first.content, at: wanted, using: &generator) { _ in first.promise }
    }
    print("second power cuts: \(seconds.count)")
    #expect(seconds.count > 24)
    #expect(await violations(seconds) == [], "seed \(Self.seed)")
  }

  /// Whoever takes a sync away must not get past the tests above.
  @Test(arguments: [
    WriteLog.Fault.staysAtNormal(where: "/ledger/"), .staysAtNormal(where: "/projection/"),
    .forgetsSyncs(where: "/ledger/"), .forgetsSyncs(where: "/projection/"),
  ]) func aMissingSyncIsNoticed(fault: WriteLog.Fault) async throws {
    defer { try? FileManager.default.removeItem(at: root) }
    var generator = SeededGenerator(seed: Self.seed)
    let story = try await Story.play(
      12, on: Stage(folder: root.appending(path: "live")), fault: fault, using: &generator)
    let ends = Dictionary(
      story.steps.map { ($0.end, Set([Disk.Fate.lost])) }, uniquingKeysWith: { $0.union($1) })
    let cuts = PowerCut.cuts(story.log, from: [:], at: ends, using: &generator) { story.promise(at: $0) }
    let wrong = await violations(cuts)
    print("with the fault \(fault): \(wrong.count) violations in \(cuts.count) power cuts")
    #expect(!wrong.isEmpty)
  }

  private func violations(_ cuts: [PowerCut]) async -> [String] {
    let stage = Stage(folder: root.appending(path: "after"))
    var wrong: [String] = []
    for cut in cuts {
      do {
        try cut.restore(to: stage)
        wrong += await cut.violations(on: stage)
      } catch {
        wrong.append("cut at \(cut.place): the test itself failed: \(error)")
      }
    }
    return wrong
  }
}

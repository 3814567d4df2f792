// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Glibc

/// What a killed trial left behind in a state folder: finds its processes and ends them.
struct Leftovers: Sendable {
  let layout: StateLayout

  /// Ends all of them; the names of those that were found.
  ///
  /// - Parameter grace: How long they may take to end by themselves.
  func end(grace: Duration = .seconds(10)) async throws -> [String] {
    let records = self.records()
    let found = processes(of: records)
    defer { for record in records { unlink(layout.pidFile(of: record.name)) } }
    guard !found.isEmpty else { return [] }
    var asked: Set<Int32> = []
    let deadline = ContinuousClock.now + grace
    var isKilled = false
    while true {
      let left = processes(of: records)
      if left.isEmpty { break }
      // Also those that were made while we looked.
      for process in left where asked.insert(process.pid).inserted { kill(process.pid, SIGTERM) }
      if ContinuousClock.now > deadline {
        guard !isKilled || ContinuousClock.now < deadline + .seconds(5) else {
          let stuck = left.map { "\($0.pid) (\($0.command))" }.joined(separator: ", ")
          throw TrialError(
            code: .program, cause: "What an earlier trial left behind does not end: \(stuck).",
            remedy: "End it by hand, then start again.")
        }
        for process in left { kill(process.pid, SIGKILL) }
        isKilled = true
      }
      // They are nobody's children any more, so nobody tells when they end.
      try await Task.sleep(for: .milliseconds(20))
    }
    return found.map { "\($0.command) (process \($0.pid))" }
  }

  private func records() -> [ChildRecord] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: layout.run)) ?? []
    return names.filter { $0.hasSuffix(".pid") }.compactMap { ChildRecord(path: "\(layout.run)/\($0)") }
  }

  /// A process is ours if it stands in a pid file, with its time of start; if it carries the state folder in its
  /// environment; or if it works in the state folder as part of a recorded group (nginx overwrites its environment,
  /// and its workers outlive it).
  private func processes(of records: [ChildRecord]) -> [ProcessStat] {
    let marker = "\(ChildRecord.marker)=\(layout.root)"
    let recorded = records.filter { $0.boot == ProcessTable.boot && $0.state == layout.root }
    let groups = Set(recorded.map(\.pid))
    return ProcessTable.all().filter { process in
      guard process.pid != getpid() else { return false }
      if recorded.contains(where: { $0.pid == process.pid && $0.started == process.started }) { return true }
      if ProcessTable.environment(of: process.pid).contains(marker) { return true }
      guard groups.contains(process.group), let folder = ProcessTable.workingDirectory(of: process.pid) else {
        return false
      }
      return folder == layout.root || folder.hasPrefix(layout.root + "/")
    }
  }
}

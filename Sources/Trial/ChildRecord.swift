// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// What a pid file (`run/NAME.pid`) holds: enough to know a process again after the trial that made it is gone.
struct ChildRecord: Codable, Sendable, Hashable {
  var name: String
  var pid: Int32
  /// Clock ticks after boot at which it started.
  var started: UInt64
  var boot: String
  /// The state folder it belongs to.
  var state: String

  /// The name of the variable in each child's environment that holds the state folder.
  static let marker = "TRUNKLINE_TRIAL_STATE"

  init?(name: String, pid: Int32, layout: StateLayout) {
    guard let stat = ProcessTable.stat(of: pid) else { return nil }
    self.name = name
    self.pid = pid
    started = stat.started
    boot = ProcessTable.boot
    state = layout.root
  }

  init?(path: String) {
    guard let data = FileManager.default.contents(atPath: path),
      let record = try? JSONDecoder().decode(ChildRecord.self, from: data)
    else { return nil }
    self = record
  }

  var data: Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)) ?? Data()
  }
}

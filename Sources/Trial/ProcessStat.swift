// SPDX-License-Identifier: AGPL-3.0-or-later

/// One process as `/proc/PID/stat` tells it (proc(5)).
struct ProcessStat: Sendable, Hashable {
  var pid: Int32
  var command: String
  var state: Character
  var group: Int32
  /// Clock ticks after boot. With the pid it names a process for good, as pids are used again.
  var started: UInt64

  /// The command stands in parentheses and may itself hold spaces and parentheses: the last one counts.
  init?(line: String) {
    guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")"), open < close,
      let pid = Int32(line[..<open].trimmingSuffix(while: \.isWhitespace))
    else { return nil }
    let fields = line[line.index(after: close)...].split(separator: " ", omittingEmptySubsequences: true)
    // The third field of the manual is the first one here.
    guard fields.count >= 20, let state = fields[0].first, let group = Int32(fields[2]),
      let started = UInt64(fields[19])
    else { return nil }
    self.pid = pid
    self.command = String(line[line.index(after: open)..<close])
    self.state = state
    self.group = group
    self.started = started
  }

  /// A process that ended and was not collected by its parent holds nothing any more.
  var isGone: Bool { state == "Z" || state == "X" }
}

extension Substring {
  fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
    var rest = self
    while let last = rest.last, predicate(last) { rest.removeLast() }
    return rest
  }
}

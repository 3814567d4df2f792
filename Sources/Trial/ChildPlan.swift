// SPDX-License-Identifier: AGPL-3.0-or-later

import Glibc

/// One program that the trial keeps running.
struct ChildPlan: Sendable {
  var name: String
  /// What it is, for the person who waits for it.
  var title: String
  var executable: String
  var arguments: [String]
  var environment: [String: String] = [:]
  var identity: Identity
  /// What nobody may do with the files that it makes, where that is more than usual.
  var umask: mode_t?
  /// All must succeed before it counts as ready.
  var readiness: [Probe]
  /// The port that says most about it, for the status.
  var port: Int

  /// What is really run: no program can be told its umask, but a shell that becomes the program can set it.
  var command: (executable: String, arguments: [String]) {
    guard let umask else { return (executable, arguments) }
    let digits = String(umask, radix: 8)
    return ("/bin/sh", ["-c", "umask 0\(digits) && exec \"$0\" \"$@\"", executable] + arguments)
  }
}

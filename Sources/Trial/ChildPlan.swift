// SPDX-License-Identifier: AGPL-3.0-or-later

/// One program that the trial keeps running.
struct ChildPlan: Sendable {
  var name: String
  /// What it is, for the person who waits for it.
  var title: String
  var executable: String
  var arguments: [String]
  var environment: [String: String] = [:]
  var identity: Identity
  /// All must succeed before it counts as ready.
  var readiness: [Probe]
  /// The port that says most about it, for the status.
  var port: Int
}

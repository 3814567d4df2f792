// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Settings

extension WebSessionPolicy {
  /// For tests of leases that end: `TRUNKLINE_LEASE_SECONDS=20` is in place of `web_sessions.lease_minutes`. It can only
  /// shorten what is set.
  static func of(_ settings: Settings, _ environment: [String: String]) -> WebSessionPolicy {
    let lease = Int64(settings.webSessionMinutes) * 60
    let wanted = environment["TRUNKLINE_LEASE_SECONDS"].flatMap { Int64($0) } ?? lease
    return WebSessionPolicy(lease: min(max(1, wanted), lease))
  }
}

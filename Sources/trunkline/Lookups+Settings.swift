// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Discovery
import Foundation
import Settings

extension Lookups {
  /// As the admin has set it; `nil` where nothing is asked of other domains.
  static func make(_ settings: Settings) throws -> Lookups? {
    guard let discovery = settings.discovery else { return nil }
    // Behind NAT this machine does not know the address that it is reached at.
    let advertised = settings.sip?.advertisedAddress.flatMap { NetworkAddress($0) }
    let boundary = Boundary(allowsInside: discovery.allowsPrivate) {
      try NetworkAddress.own().union(advertised.map { [$0] } ?? [])
    }
    return Lookups(
      scout: try Scout(
        nameServer: discovery.nameServer, boundary: boundary, caFile: discovery.caFile?.path))
  }
}

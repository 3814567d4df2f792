// SPDX-License-Identifier: AGPL-3.0-or-later

import NIOCore

extension NetworkAddress {
  /// The addresses that this machine has at this moment.
  ///
  /// - Throws: what the system says if it cannot tell.
  public static func own() throws -> Set<NetworkAddress> {
    Set(try System.enumerateDevices().compactMap { $0.address?.ipAddress.flatMap(NetworkAddress.init) })
  }
}

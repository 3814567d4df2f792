// SPDX-License-Identifier: AGPL-3.0-or-later

// Its headers bring in those of sockets.
import CAres
import Glibc

extension NetworkAddress {
  /// The addresses that this machine has at this moment; none if it cannot say.
  public static func own() -> Set<NetworkAddress> {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return [] }
    defer { freeifaddrs(first) }
    var found: Set<NetworkAddress> = []
    var next = first
    while let entry = next?.pointee {
      next = entry.ifa_next
      guard let address = entry.ifa_addr else { continue }
      let bytes: [UInt8]? =
        switch CInt(address.pointee.sa_family) {
        case AF_INET:
          address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            withUnsafeBytes(of: $0.pointee.sin_addr, Array.init)
          }
        case AF_INET6:
          address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
            withUnsafeBytes(of: $0.pointee.sin6_addr, Array.init)
          }
        default: nil
        }
      if let own = bytes.flatMap(NetworkAddress.init(bytes:)) { found.insert(own) }
    }
    return found
  }
}

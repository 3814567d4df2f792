// SPDX-License-Identifier: AGPL-3.0-or-later

/// Which names may be asked for, and which addresses may be connected to: whoever runs another domain decides where its name
/// leads, and must not be able to send us into our own network.
public struct Boundary: Sendable {
  /// For trials: private and loopback addresses, and names below `localhost`.
  public let allowsInside: Bool
  private let own: @Sendable () throws -> Set<NetworkAddress>

  /// - Parameter own: the addresses of this site, besides those that are private anyway. While it fails, nothing is connected
  ///   to.
  public init(
    allowsInside: Bool = false, own: @escaping @Sendable () throws -> Set<NetworkAddress> = NetworkAddress.own
  ) {
    self.allowsInside = allowsInside
    self.own = own
  }

  /// The addresses to connect to. A name that leads to one that it must not lead to is a trap, whatever else it leads to:
  /// then it is none.
  public func admitted(_ addresses: [NetworkAddress]) -> [NetworkAddress] {
    guard let own = allowsInside ? [] : try? own() else { return [] }
    let isFine = addresses.allSatisfy { address in
      switch address.scope {
      case .everywhere: !own.contains(address)
      case .inside: allowsInside
      case .nowhere: false
      }
    }
    return isFine ? addresses : []
  }

  /// Whether the name can stand in the public DNS: at least two labels, the last of which is no number (nothing must take it
  /// for an address), and none that is set aside for other networks (RFC 6761, 6762, 7686, 8375, 9476).
  public func mayAsk(_ domain: String) -> Bool {
    let labels = domain.lowercased().split(separator: ".", omittingEmptySubsequences: false)
    guard let last = labels.last, !last.isEmpty, domain.utf8.count <= 253,
      labels.allSatisfy({ (1...63).contains($0.utf8.count) })
    else { return false }
    if last == "localhost" { return allowsInside }
    guard labels.count > 1, !last.utf8.allSatisfy({ (48...57).contains($0) }), !last.hasPrefix("0x") else {
      return false
    }
    return !["local", "onion", "internal", "invalid", "alt"].contains(last)
      && !domain.lowercased().hasSuffix(".home.arpa")
  }
}

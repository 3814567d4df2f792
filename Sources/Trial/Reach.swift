// SPDX-License-Identifier: AGPL-3.0-or-later

/// Who gets to a trial, and by which names.
public struct Reach: Sendable, Hashable {
  public let hosts: TrialHosts
  /// Addresses of this machine that others reach it at; none for a trial of this machine alone.
  public let addresses: [String]

  /// This machine alone.
  public static let loopback = Reach(hosts: .loopback, addresses: [])

  /// Whether others get to it.
  public var isOpen: Bool { !addresses.isEmpty }

  /// Where the engines listen. The trial itself, and whoever tries it on this machine, come by loopback.
  var interfaces: [String] { ["127.0.0.1"] + addresses }

  /// Where sound and pictures go through, and relays: a phone elsewhere cannot send to this machine's loopback, but this machine
  /// can send to its own address.
  var mediaInterfaces: [String] { isOpen ? addresses : ["127.0.0.1"] }

  /// Where a port is listened at.
  func interfaces(of port: PortPlan.Port) -> [String] {
    switch port {
    case .turn, .turnTLS: mediaInterfaces
    default: port.isForClients ? interfaces : ["127.0.0.1"]
    }
  }
}

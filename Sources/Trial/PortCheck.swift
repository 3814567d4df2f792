// SPDX-License-Identifier: AGPL-3.0-or-later

import NIOCore
import NIOPosix

/// Finds out before anything starts whether every port is free.
enum PortCheck {
  /// - Throws: ``TrialError`` that names the first port that is not, and who holds it.
  static func requireFree(_ ports: PortPlan, reach: Reach = .loopback) async throws {
    for port in PortPlan.Port.allCases {
      for transport in port.transports {
        for address in reach.interfaces(of: port) {
          guard let reason = await whyNot(ports[port], transport, at: address) else { continue }
          let holder =
            ProcessTable.listener(at: ports[port], transport).map { " by process \($0.pid) (\($0.command))" }
            ?? ""
          throw TrialError(
            code: .portTaken,
            cause:
              "Port \(ports[port]) (\(transport.rawValue), \(port.purpose)) is taken\(holder): \(reason).",
            remedy:
              "End what holds it, or move the whole trial: TRUNKLINE_PORT_OFFSET=\(suggestion(after: ports)) make up."
          )
        }
      }
    }
  }

  private static func suggestion(after ports: PortPlan) -> Int {
    ports.offset + 1000 <= PortPlan.largestOffset ? ports.offset + 1000 : 0
  }

  private static func whyNot(_ port: Int, _ transport: PortPlan.Port.Transport, at address: String) async
    -> String?
  {
    let group = MultiThreadedEventLoopGroup.singleton
    do {
      switch transport {
      case .tcp:
        let server = ServerBootstrap(group: group).serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        try await server.bind(host: address, port: port).get().close()
      case .udp:
        try await DatagramBootstrap(group: group).bind(host: address, port: port).get().close()
      }
      return nil
    } catch let error as IOError {
      return error.errnoCode == 98 ? "somebody listens there" : "\(error)"
    } catch {
      return "\(error)"
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import NIOCore
import NIOPosix

/// Finds out before anything starts whether every port is free.
enum PortCheck {
  /// - Throws: ``TrialError`` that names the first port that is not, and who holds it.
  static func requireFree(_ ports: PortPlan) async throws {
    for port in PortPlan.Port.allCases {
      guard let reason = await whyNot(ports[port]) else { continue }
      let holder =
        ProcessTable.listener(at: ports[port]).map { " by process \($0.pid) (\($0.command))" } ?? ""
      throw TrialError(
        code: .portTaken,
        cause: "Port \(ports[port]) (\(port.purpose)) is taken\(holder): \(reason).",
        remedy:
          "End what holds it, or move the whole trial: TRUNKLINE_PORT_OFFSET=\(suggestion(after: ports)) make up."
      )
    }
  }

  private static func suggestion(after ports: PortPlan) -> Int {
    ports.offset + 1000 <= PortPlan.largestOffset ? ports.offset + 1000 : 0
  }

  private static func whyNot(_ port: Int) async -> String? {
    let server = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
    do {
      try await server.bind(host: "127.0.0.1", port: port).get().close()
      return nil
    } catch let error as IOError {
      return error.errnoCode == 98 ? "somebody listens there" : "\(error)"
    } catch {
      return "\(error)"
    }
  }
}

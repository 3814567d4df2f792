// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import Hummingbird
import Metrics
import NIOCore

/// `/metrics`, for a Prometheus on the same machine. To everybody else, and to whoever comes through a proxy, there
/// is no such page.
struct MetricsPage: Sendable {
  let accounts: Accounts
  let metrics: PrometheusMetrics

  func add(to router: Router<PortalContext>) {
    router.get("/metrics") { request, context in
      guard Self.isLocal(request, context) else { throw PortalError(.notFound) }
      await measure()
      return Response(
        status: .ok, headers: [.contentType: PrometheusMetrics.contentType, .cacheControl: "no-store"],
        body: .init(byteBuffer: ByteBuffer(string: metrics.text())))
    }
  }

  /// A proxy on this machine is a loopback peer too, but it says that it stands for somebody.
  static func isLocal(_ request: Request, _ context: PortalContext) -> Bool {
    guard request.headers[.forwardedFor] == nil, request.headers[.forwarded] == nil else { return false }
    return switch context.remoteAddress {
    case .v4: context.remoteAddress?.ipAddress?.hasPrefix("127.") == true
    case .v6: context.remoteAddress?.ipAddress == "::1"
    default: false
    }
  }

  /// What is looked up when somebody wants to know. What cannot be read keeps its last value.
  private func measure() async {
    if let statistics = try? await accounts.statistics() {
      record("trunkline_accounts", statistics.accounts)
      record("trunkline_accounts_not_admitted", statistics.notAdmitted)
      record("trunkline_devices", statistics.devices)
    }
    if let connected = try? await accounts.connectedDevices() {
      record("trunkline_devices_connected", connected)
    }
    if let sequence = try? await accounts.lastSequence() { record("trunkline_ledger_sequence", sequence) }
    if let sequence = try? await accounts.projectedSequence() {
      record("trunkline_projection_sequence", sequence)
    }
  }

  private func record(_ name: String, _ value: some BinaryInteger) {
    Gauge(label: name, factory: metrics).record(value)
  }
}

extension HTTPField.Name {
  static let forwarded = Self("Forwarded")!  // A valid token: RFC 9110, section 5.1.
}

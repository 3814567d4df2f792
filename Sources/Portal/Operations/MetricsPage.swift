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

  func add(to routes: Routes) {
    routes.call(.get, "/metrics", .measure) { _ in
      await measure()
      return Response(
        status: .ok, headers: [.contentType: PrometheusMetrics.contentType, .cacheControl: "no-store"],
        body: .init(byteBuffer: ByteBuffer(string: metrics.text())))
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
    if let link = try? await accounts.linkMeasures() {
      record("trunkline_link_connected", link.isConnected ? 1 : 0)
      record("trunkline_errands_waiting", link.waiting)
    }
    if let calls = await accounts.callMeasures() {
      for (name, value) in [
        ("trunkline_devices_registered", calls.registeredDevices), ("trunkline_calls", calls.calls),
        ("trunkline_calls_ringing", calls.ringing), ("trunkline_media_sessions", calls.mediaSessions),
        ("trunkline_relays", calls.relays),
      ] {
        if let value { record(name, value) }
      }
    }
    if let ended = try? await accounts.endedCallsMeasures() {
      record("trunkline_ended_calls_lag_seconds", ended.lag)
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

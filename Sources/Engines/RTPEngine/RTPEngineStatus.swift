// SPDX-License-Identifier: AGPL-3.0-or-later

import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Numbers that rtpengine publishes on loopback, over HTTP, at `/metrics`.
public struct RTPEngineStatus: Sendable {
  private let port: Int
  private let deadline: TimeAmount

  /// - Parameters:
  ///   - port: its `listen-http`, on 127.0.0.1.
  ///   - deadline: for the whole answer, in milliseconds.
  public init(port: Int, deadline: Int64 = 1_000) {
    self.port = port
    self.deadline = .milliseconds(deadline)
  }

  /// How many calls' media it relays now.
  ///
  /// - Throws: ``EngineError`` `unreachable` or `notUnderstood`.
  public func sessions() async throws(EngineError) -> Int {
    do {
      let response = try await HTTPClient.shared.execute(
        HTTPClientRequest(url: "http://127.0.0.1:\(port)/metrics"), timeout: deadline)
      let body = String(buffer: try await response.body.collect(upTo: 1_048_576))
      guard response.status == .ok, let sessions = Self.sessions(in: body) else { throw Self.notUnderstood }
      return sessions
    } catch let error as EngineError {
      throw error
    } catch {
      throw EngineError(
        .unreachable, cause: "rtpengine does not answer at 127.0.0.1:\(port).", remedy: "See whether it runs."
      )
    }
  }

  /// The gauge in Prometheus' text format.
  static func sessions(in metrics: String) -> Int? {
    let gauge = "rtpengine_sessions{type=\"own\"} "
    return metrics.split(whereSeparator: \.isNewline)
      .first { $0.hasPrefix(gauge) }
      .flatMap { Int($0.dropFirst(gauge.count)) }
  }

  private static let notUnderstood = EngineError(
    .notUnderstood, cause: "rtpengine's numbers are not understood.",
    remedy: "Check that rtpengine is of a version that this Trunkline knows: 10.5.")
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
import Foundation
public import Logging

/// All that is said to the home server goes through here.
///
/// It keeps no state but connections and the ``Pacer``: the registration and tokens are handed in and handed
/// back, and the caller stores them. One for a home server, for the life of the process; ends with
/// ``shutdown()``.
public struct HomeServerClient: Sendable {
  public let address: HomeServerAddress
  let wire: Wire

  /// - Parameters:
  ///   - pacer: shared by all who talk to the same home server.
  ///   - random: for the jitter of repetitions.
  ///   - userAgent: what the home server's logs show.
  /// - Throws: `badAddress` if the file with the extra trust root cannot be read.
  public init(
    address: HomeServerAddress, limits: WireLimits = WireLimits(), pacer: Pacer = Pacer(),
    random: RandomBytes = .system, userAgent: String = "Trunkline", logger: Logger
  ) throws(HomeServerError) {
    self.address = address
    wire = try Wire(
      address: address, limits: limits, pacer: pacer, userAgent: userAgent, random: random, logger: logger)
  }

  /// Closes the connections. Call it once, when nothing is under way.
  public func shutdown() async { await wire.shutdown() }

  var origin: Origin { address.origin }

  /// Sends, and reads the answer as a value if it is a success.
  func ask<Value: Decodable & Sendable>(
    _ type: Value.Type, _ request: HomeRequest
  ) async throws(HomeServerError) -> Value {
    try await askReply(request).decode(type, for: request.purpose)
  }

  /// Sends, and hands back the answer if it is a success.
  func askReply(_ request: HomeRequest) async throws(HomeServerError) -> HomeReply {
    let reply = try await wire.send(request)
    guard (200...299).contains(reply.status) else {
      throw Refusal.error(reply, for: request.purpose, hadToken: request.token != nil)
    }
    return reply
  }
}

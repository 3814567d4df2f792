// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation
import HomeServer
import Logging
import Synchronization
import Testing

/// A logger that says nothing.
let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Random bytes that count up: no two draws are equal, and every run is.
func countingBytes() -> RandomBytes {
  let next = Mutex<UInt8>(0)
  return RandomBytes { count in
    next.withLock { next in
      (0..<count).map { _ in
        next &+= 1
        return next
      }
    }
  }
}

func url(_ text: String) throws -> URL { try #require(URL(string: text)) }

/// A home server whose pages live on another host than its handles.
func splitAddress() throws -> HomeServerAddress {
  try HomeServerAddress(domain: "example.social", baseURL: url("https://web.example.social"))
}

func localAddress(_ port: Int) throws -> HomeServerAddress {
  try HomeServerAddress(domain: "127.0.0.1", baseURL: url("http://127.0.0.1:\(port)"))
}

/// Runs `body` with a client for a server that answers with `script`.
func withScript<Value: Sendable>(
  limits: WireLimits = WireLimits(
    connect: .seconds(10), overall: .seconds(20), body: 4_096, retries: 2, backOff: .milliseconds(5)),
  logger: Logger = quietLogger, _ script: [[RawServer.Act]],
  _ body: (HomeServerClient, RawServer) async throws -> Value
) async throws -> Value {
  try await RawServer.with(script) { server in
    let client = try HomeServerClient(
      address: localAddress(server.port), limits: limits, random: countingBytes(), logger: logger)
    do {
      let value = try await body(client, server)
      await client.shutdown()
      return value
    } catch {
      await client.shutdown()
      throw error
    }
  }
}

/// The path of a request as it came over the wire.
func path(_ request: String) -> String {
  request.split(separator: " ").dropFirst().first.map(String.init) ?? ""
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server on a free loopback port that says exactly what a test tells it to, byte by byte: one request for
/// each connection. For what no proper web server would do.
struct RawServer: Sendable {
  enum Act: Sendable {
    case send(String)
    /// A whole answer; `PORT` in the body stands for the server's port.
    case answer(
      _ status: Int, _ body: String = "", type: String = "application/json", headers: [String: String] = [:])
    case pause(Duration)
    /// Never anything again, until the client gives up.
    case hang
  }

  let port: Int
  private let log: RequestLog

  /// The requests so far, each as it came: head and body.
  var requests: [String] { log.all }

  /// Runs `body` against a server that answers the nth request with the nth entry of the script, then hangs
  /// up; the last entry serves for all that follow.
  static func with<Value: Sendable>(
    tls: NIOSSLContext? = nil, _ script: [[Act]],
    _ body: (RawServer) async throws -> Value
  ) async throws -> Value {
    let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
          return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    let server = RawServer(port: listener.channel.localAddress?.port ?? 0, log: RequestLog())
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        await withDiscardingTaskGroup { connections in
          // Ends, by error or not, when the listener is closed below.
          try? await listener.executeThenClose { incoming in
            for try await connection in incoming {
              connections.addTask { await server.serve(connection, script) }
            }
          }
          connections.cancelAll()
        }
      }
      let value: Value
      do { value = try await body(server) } catch {
        group.cancelAll()
        throw error
      }
      group.cancelAll()
      return value
    }
  }

  private func serve(
    _ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ script: [[Act]]
  ) async {
    // A client that hangs up early is part of the tests.
    try? await connection.executeThenClose { incoming, outgoing in
      var text = ""
      for try await part in incoming {
        text += String(buffer: part)
        if Self.isComplete(text) { break }
      }
      guard Self.isComplete(text) else { return }
      for act in script[min(log.add(text), script.count - 1)] {
        switch act {
        case .send(let text):
          try await outgoing.write(ByteBuffer(string: text))
        case .answer(let status, let body, let type, let headers):
          let body = body.replacing("PORT", with: String(port))
          let more = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
          try await outgoing.write(
            ByteBuffer(
              string:
                "HTTP/1.1 \(status) Whatever\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n"
                + "Connection: close\r\n\(more)\r\n\(body)"))
        case .pause(let time): try await Task.sleep(for: time)
        case .hang: try await Task.sleep(for: .seconds(3_600))
        }
      }
    }
  }

  private static func isComplete(_ text: String) -> Bool {
    guard let end = text.firstRange(of: "\r\n\r\n") else { return false }
    let head = text[..<end.lowerBound].lowercased()
    let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
      .flatMap { Int($0.dropFirst("content-length:".count).drop { $0 == " " }) }
    return text[end.upperBound...].utf8.count >= length ?? 0
  }

  private final class RequestLog: Sendable {
    private let texts = Mutex<[String]>([])
    var all: [String] { texts.withLock { $0 } }
    func add(_ text: String) -> Int {
      texts.withLock { texts in
        texts.append(text)
        return texts.count - 1
      }
    }
  }
}

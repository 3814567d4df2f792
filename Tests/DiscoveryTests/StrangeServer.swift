// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing

/// An https server on a free loopback port that says exactly what a test tells it to: one request for each connection. Its
/// certificate is good for the names that the test gives.
struct StrangeServer: Sendable {
  enum Act: Sendable {
    case send(String)
    case pause(Duration)
    case hang
  }

  /// What to do about a request, by its first line and headers, and the server's port.
  struct Script: Sendable {
    let acts: @Sendable (_ request: String, _ port: Int) -> [Act]
    init(_ acts: @Sendable @escaping (_ request: String, _ port: Int) -> [Act]) { self.acts = acts }
  }

  let port: Int
  /// The certificate, PEM: it is its own trust root.
  let caFile: String
  private let log: RequestLog

  var requests: [String] { log.all }

  static func answer(
    _ status: Int, _ body: String = "", type: String = "application/jrd+json", _ more: String = ""
  ) -> [Act] {
    [
      .send(
        "HTTP/1.1 \(status) Whatever\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n"
          + "Connection: close\r\n\(more)\r\n\(body)")
    ]
  }

  static func with<Value: Sendable>(
    names: [String] = ["pond.example"], _ script: Script,
    _ body: (StrangeServer) async throws -> Value
  ) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "trunkline-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (certificate, tls) = try certify(names, in: folder)
    let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
          return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    let server = StrangeServer(
      port: listener.channel.localAddress?.port ?? 0, caFile: certificate, log: RequestLog())
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
      let result: Result<Value, any Error>
      do { result = .success(try await body(server)) } catch { result = .failure(error) }
      group.cancelAll()
      return try result.get()
    }
  }

  private func serve(
    _ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ script: Script
  ) async {
    // A client that hangs up early is part of the tests.
    try? await connection.executeThenClose { incoming, outgoing in
      var text = ""
      for try await part in incoming {
        text += String(buffer: part)
        if text.contains("\r\n\r\n") { break }
      }
      guard text.contains("\r\n\r\n") else { return }
      log.add(text)
      for act in script.acts(text, port) {
        switch act {
        case .send(let text): try await outgoing.write(ByteBuffer(string: text))
        case .pause(let time): try await Task.sleep(for: time)
        case .hang: try await Task.sleep(for: .seconds(3_600))
        }
      }
    }
  }

  /// A key, and a certificate that it signed for itself; made by `openssl`.
  private static func certify(_ names: [String], in folder: URL) throws -> (String, NIOSSLContext) {
    let key = folder.appending(path: "key.pem").path
    let certificate = folder.appending(path: "certificate.pem").path
    let openssl = Process()
    openssl.executableURL = URL(filePath: "/usr/bin/openssl")
    openssl.arguments = [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
      "-subj", "/CN=\(names[0])", "-addext",
      "subjectAltName=" + names.map { "DNS:\($0)" }.joined(separator: ","),
      "-keyout", key, "-out", certificate,
    ]
    openssl.standardError = FileHandle.nullDevice
    try openssl.run()
    openssl.waitUntilExit()
    try #require(openssl.terminationStatus == 0)
    let chain = try NIOSSLCertificate.fromPEMFile(certificate).map(NIOSSLCertificateSource.certificate)
    return (
      certificate,
      try NIOSSLContext(
        configuration: .makeServerConfiguration(
          certificateChain: chain, privateKey: .privateKey(NIOSSLPrivateKey(file: key, format: .pem))))
    )
  }

  private final class RequestLog: Sendable {
    private let texts = Mutex<[String]>([])
    var all: [String] { texts.withLock { $0 } }
    func add(_ text: String) { texts.withLock { $0.append(text) } }
  }
}

typealias Script = StrangeServer.Script

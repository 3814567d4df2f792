// SPDX-License-Identifier: AGPL-3.0-or-later

import NIOCore
import NIOPosix

/// How to find out at its port whether a child is ready.
enum Probe: Sendable, Hashable {
  /// Somebody accepts connections.
  case accepts(host: String = Probe.loopback, port: Int)
  /// A GET of the path is answered with 200.
  case answers(port: Int, path: String, host: String)
  /// A datagram is answered as it should be.
  case replies(host: String = Probe.loopback, port: Int, DatagramQuestion)

  static let loopback = "127.0.0.1"

  var port: Int {
    switch self {
    case .accepts(_, let port), .answers(let port, _, _), .replies(_, let port, _): port
    }
  }

  /// Asks once; an answer that takes longer than two seconds is none, and one to a datagram, which may have met a
  /// port that was not open yet, much less.
  func succeeds() async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask { await (try? ask()) ?? false }
      group.addTask {
        try? await Task.sleep(for: patience)
        return false
      }
      defer { group.cancelAll() }
      return await group.next() ?? false
    }
  }

  private var patience: Duration {
    if case .replies = self { .milliseconds(250) } else { .seconds(2) }
  }

  private func ask() async throws -> Bool {
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(.seconds(2))
    switch self {
    case .accepts(let host, let port):
      try await bootstrap.connect(host: host, port: port).get().close()
      return true
    case .answers(let port, let path, let host):
      let channel = try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
      return try await channel.executeThenClose { inbound, outbound in
        let request = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
        try await outbound.write(ByteBuffer(string: request))
        var answer = ""
        for try await part in inbound {
          answer += String(buffer: part)
          if answer.contains("\r\n") || answer.utf8.count > 4096 { break }
        }
        return Self.isOK(answer)
      }
    case .replies(let host, let port, let question):
      return try await exchange(question, host: host, port: port)
    }
  }

  private func exchange(_ question: DatagramQuestion, host: String, port: Int) async throws -> Bool {
    typealias Envelope = AddressedEnvelope<ByteBuffer>
    let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: host, port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<Envelope, Envelope>(wrappingChannelSynchronously: channel)
        }
      }
    var generator = SystemRandomNumberGenerator()
    let nonce = (0..<12).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    return try await channel.executeThenClose { inbound, outbound in
      let address = try SocketAddress(ipAddress: host, port: port)
      try await outbound.write(
        Envelope(remoteAddress: address, data: ByteBuffer(bytes: question.bytes(nonce: nonce))))
      for try await answer in inbound {
        return question.isAnswered(by: Array(answer.data.readableBytesView), nonce: nonce)
      }
      return false
    }
  }

  /// Whether an answer's status line (RFC 9112, section 4) says 200.
  static func isOK(_ answer: String) -> Bool {
    let words = answer.split(separator: "\r\n", maxSplits: 1).first?.split(separator: " ") ?? []
    return words.count >= 2 && words[0].hasPrefix("HTTP/1.") && words[1] == "200"
  }
}

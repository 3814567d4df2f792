// SPDX-License-Identifier: AGPL-3.0-or-later

import NIOCore
import NIOPosix

/// Numbers that rtpengine publishes on loopback, over HTTP, at `/metrics`.
public struct RTPEngineStatus: Sendable {
  private let port: Int
  private let deadline: TimeAmount

  /// - Parameters:
  ///   - port: its `listen-http`, on 127.0.0.1.
  ///   - deadline: for connecting and for the answer, in milliseconds.
  public init(port: Int, deadline: Int64 = 1_000) {
    self.port = port
    self.deadline = .milliseconds(deadline)
  }

  /// How many calls' media it relays now.
  ///
  /// - Throws: ``EngineError`` `unreachable` or `notUnderstood`.
  public func sessions() async throws(EngineError) -> Int {
    do {
      guard let sessions = Self.sessions(inAnswer: try await answer()) else { throw Self.notUnderstood }
      return sessions
    } catch let error as EngineError {
      throw error
    } catch {
      throw EngineError(
        .unreachable, cause: "rtpengine does not answer at 127.0.0.1:\(port).", remedy: "See whether it runs."
      )
    }
  }

  /// The gauge in an answer to `GET /metrics`, in Prometheus' text format; `nil` if that is no such answer.
  static func sessions(inAnswer answer: String) -> Int? {
    guard answer.hasPrefix("HTTP/1.1 200 ") || answer.hasPrefix("HTTP/1.0 200 ") else { return nil }
    let gauge = "rtpengine_sessions{type=\"own\"} "
    return answer.split(whereSeparator: \.isNewline)
      .first { $0.hasPrefix(gauge) }
      .flatMap { Int($0.dropFirst(gauge.count)) }
  }

  private func answer() async throws -> String {
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connectTimeout(deadline)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    let limit = channel.channel.eventLoop.scheduleTask(in: deadline) { [channel = channel.channel] in
      channel.close(promise: nil)
    }
    defer { limit.cancel() }
    return try await channel.executeThenClose { inbound, outbound in
      let request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
      try await outbound.write(ByteBuffer(string: request))
      var answer = ByteBuffer()
      for try await var part in inbound {
        answer.writeBuffer(&part)
        guard answer.readableBytes <= 1_048_576 else { throw Self.notUnderstood }
        // The connection may stay open: the sessions stand near the beginning, a line each.
        let text = String(buffer: answer)
        if let end = text.lastIndex(where: \.isNewline), Self.sessions(inAnswer: String(text[...end])) != nil
        {
          return String(text[...end])
        }
      }
      guard answer.readableBytes > 0 else { throw ChannelError.inputClosed }
      return String(buffer: answer)
    }
  }

  private static let notUnderstood = EngineError(
    .notUnderstood, cause: "rtpengine's numbers are not understood.",
    remedy: "Check that rtpengine is of a version that this Trunkline knows: 10.5.")
}

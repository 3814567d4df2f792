// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import Engines

/// The other side is a socket that answers as told; the real one is spoken to in the end-to-end tests.
@Suite("Prosody's control socket")
struct ProsodyControlTests {
  /// Answers every line with `answer`, or never if that is `nil`.
  private func withSocket(
    answering answer: String?, _ body: (ProsodyControl) async throws -> Void
  ) async throws {
    let path = "/tmp/trunkline-\(UUID().uuidString.prefix(8)).sock"
    let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Answering(answer: answer))
        }
      }
      .bind(unixDomainSocketPath: path).get()
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(ProsodyControl(socket: URL(filePath: path), deadline: 300)))
    } catch {
      result = .failure(error)
    }
    try await server.close()
    try? FileManager.default.removeItem(atPath: path)
    try result.get()
  }

  @Test("tells how far Prosody has followed and what it ended")
  func follows() async throws {
    try await withSocket(answering: "followed abc 9000000000 3\n") { control in
      let answer = try await control.follow()
      #expect(answer.position == ProjectionPosition(epoch: "abc", sequence: 9_000_000_000))
      #expect(answer.ended == 3)
    }
  }

  @Test(
    "an answer that is not understood is an error",
    arguments: ["failed unreadable\n", "followed abc\n", "followed abc x 3\n", "\n", "followed a 1 2 3\n"])
  func strange(answer: String) async throws {
    try await withSocket(answering: answer) { control in
      await #expect {
        _ = try await control.follow()
      } throws: { ($0 as? EngineError)?.code == .notUnderstood }
    }
  }

  @Test("a Prosody that hangs is given up at the deadline", .timeLimit(.minutes(1)))
  func hangs() async throws {
    try await withSocket(answering: nil) { control in
      let start = ContinuousClock.now
      await #expect(throws: EngineError.self) { _ = try await control.follow() }
      #expect(ContinuousClock.now - start < .seconds(5))
    }
  }

  @Test("a Prosody that does not run is unreachable")
  func absent() async {
    await #expect {
      _ = try await ProsodyControl(socket: URL(filePath: "/tmp/nothing-is-here.sock")).follow()
    } throws: { ($0 as? EngineError)?.code == .unreachable }
  }
}

private final class Answering: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer
  private let answer: String?

  init(answer: String?) { self.answer = answer }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let answer else { return }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
  }
}

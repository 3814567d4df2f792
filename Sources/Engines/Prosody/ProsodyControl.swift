// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation
import NIOCore
import NIOPosix

/// Prosody's control socket: one line asks, one line answers. It carries no content and needs no secret; who may
/// open it is a matter of the file's mode.
public struct ProsodyControl: EngineControl {
  private let socket: URL
  private let deadline: TimeAmount

  /// - Parameter deadline: for connecting and for the answer, in milliseconds.
  public init(socket: URL, deadline: Int64 = 1_000) {
    self.socket = socket
    self.deadline = .milliseconds(deadline)
  }

  /// Has Prosody read the change log now.
  ///
  /// - Returns: how far it has followed, and how many streams it ended.
  /// - Throws: ``EngineError`` `unreachable` or `notUnderstood`. Prosody follows by itself within a second of
  ///   running, so a caller may go on.
  public func follow() async throws(EngineError) -> (position: ProjectionPosition, ended: Int) {
    let words = try await ask("follow").split(separator: " ")
    guard words.count == 4, words[0] == "followed", let sequence = Int64(words[2]), let ended = Int(words[3])
    else {
      throw Self.notUnderstood
    }
    return (ProjectionPosition(epoch: String(words[1]), sequence: sequence), ended)
  }

  /// Whether the daemon's own connection stands, and since when that is so; `nil` where Prosody has none set up.
  public func link() async throws(EngineError) -> LinkSight? {
    struct Status: Decodable {
      let link: LinkSight?
    }
    guard let status = try? JSONDecoder().decode(Status.self, from: Data(try await ask("status").utf8)) else {
      throw Self.notUnderstood
    }
    return status.link
  }

  private func ask(_ question: String) async throws(EngineError) -> String {
    do {
      return try await exchange(question)
    } catch let error as EngineError {
      throw error
    } catch {
      throw EngineError(
        .unreachable, cause: "Prosody does not answer at \(socket.path).",
        remedy: "See whether it runs; it catches up by itself when it does.")
    }
  }

  private func exchange(_ question: String) async throws -> String {
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connectTimeout(deadline)
      .connect(unixDomainSocketPath: socket.path) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    let limit = channel.channel.eventLoop.scheduleTask(in: deadline) { [channel = channel.channel] in
      channel.close(promise: nil)
    }
    defer { limit.cancel() }
    return try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(string: question + "\n"))
      var answer = ByteBuffer()
      for try await var part in inbound {
        answer.writeBuffer(&part)
        guard answer.readableBytes <= 65_536 else { throw Self.notUnderstood }
        let bytes = answer.readableBytesView
        if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
          return String(decoding: bytes[..<end], as: UTF8.self)
        }
      }
      throw Self.notUnderstood
    }
  }

  private static let notUnderstood = EngineError(
    .notUnderstood, cause: "Prosody's answer is not understood.",
    remedy: "Check that its modules are of the same version as the daemon.")
}

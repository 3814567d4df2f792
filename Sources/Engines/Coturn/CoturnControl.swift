// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
import NIOCore
import NIOPosix

/// coturn's command port: a telnet on loopback, behind a password.
///
/// coturn would go on refreshing what a device has after its credential expired, so whoever revokes a device ends it here.
/// A credential that has not expired gets new relays even then: ask again until it has.
public struct CoturnControl: Sendable {
  private let port: Int
  private let password: Secret
  private let deadline: TimeAmount

  /// - Parameters:
  ///   - port: on 127.0.0.1.
  ///   - deadline: for everything that one call does, in milliseconds.
  public init(port: Int, password: Secret, deadline: Int64 = 2_000) {
    self.port = port
    self.password = password
    self.deadline = .milliseconds(deadline)
  }

  /// Ends all that these devices have, and returns only when coturn says that nothing is left.
  ///
  /// - Returns: how many sessions that were.
  /// - Throws: ``EngineError`` `unreachable` or `notUnderstood`.
  public func end(devices: Set<Device.ID>) async throws(EngineError) -> Int {
    guard !devices.isEmpty else { return 0 }
    return try await converse { conversation in
      var ended: Set<String> = []
      for device in devices {
        while true {
          let listing = try await conversation.ask("psp :\(device.text)")
          if listing.isEmptyListing { break }
          for session in listing.sessions(of: device.text) {
            _ = try await conversation.ask("cs \(session)")
            ended.insert(session)
          }
        }
      }
      return ended.count
    }
  }

  /// How many sessions there are, of all devices.
  public func sessions() async throws(EngineError) -> Int {
    try await converse { conversation in
      guard let count = try await conversation.ask("pc").allocations else { throw Self.notUnderstood }
      return count
    }
  }

  private func converse(
    _ body: @escaping @Sendable (inout CoturnConversation) async throws -> Int
  ) async throws(EngineError) -> Int {
    do {
      return try await connected(body)
    } catch let error as EngineError {
      throw error
    } catch {
      throw EngineError(
        .unreachable, cause: "coturn does not answer at its command port, 127.0.0.1:\(port).",
        remedy: "See whether it runs.")
    }
  }

  private func connected(
    _ body: @escaping @Sendable (inout CoturnConversation) async throws -> Int
  ) async throws -> Int {
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
      var conversation = CoturnConversation(inbound: inbound.makeAsyncIterator(), outbound: outbound)
      guard try await !conversation.ask(password.reveal()).asksForPassword else {
        throw EngineError(
          .unreachable, cause: "coturn does not take the password of its command port.",
          remedy: "Write the engines' configuration again and restart coturn.")
      }
      return try await body(&conversation)
    }
  }

  static let notUnderstood = EngineError(
    .notUnderstood, cause: "coturn's answer at its command port is not understood.",
    remedy: "Check that coturn is of a version that this Trunkline knows: 4.6.")
}

/// Questions and answers over one connection.
///
/// After each command we send “do TIMING-MARK” (RFC 860); all that comes before coturn's “won't” is the answer. Nothing
/// that stands in the answer can look like that, because telnet doubles the byte 255 there.
struct CoturnConversation {
  private static let doTimingMark: [UInt8] = [255, 253, 6]
  private static let wontTimingMark: [UInt8] = [255, 252, 6]
  private static let largestAnswer = 4_194_304

  private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
  private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  private var heard = ByteBuffer()

  init(
    inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
    outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  ) {
    self.inbound = inbound
    self.outbound = outbound
  }

  mutating func ask(_ command: String) async throws -> CoturnAnswer {
    try await outbound.write(ByteBuffer(bytes: Array((command + "\r\n").utf8) + Self.doTimingMark))
    while true {
      let bytes = heard.readableBytesView
      if let mark = bytes.firstRange(of: Self.wontTimingMark) {
        let length = mark.lowerBound - bytes.startIndex
        let text = heard.readString(length: length) ?? ""
        heard.moveReaderIndex(forwardBy: Self.wontTimingMark.count)
        return CoturnAnswer(text: text)
      }
      guard heard.readableBytes <= Self.largestAnswer else { throw CoturnControl.notUnderstood }
      guard var part = try await inbound.next() else { throw ChannelError.inputClosed }
      heard.writeBuffer(&part)
    }
  }
}

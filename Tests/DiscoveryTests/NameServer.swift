// SPDX-License-Identifier: AGPL-3.0-or-later

import NIOCore
import NIOPosix
import Synchronization

/// A name server on loopback, UDP and TCP, that says exactly what a test tells it to.
struct NameServer: Sendable {
  struct Question: Sendable, Hashable {
    let name: String
    let type: UInt16
    let isTCP: Bool
  }

  enum Record: Sendable {
    case srv(UInt16, String, priority: UInt16 = 0)
    case a([UInt8])
    case aaaa([UInt8])
    case alias(String)
    /// The address of another name than the one that was asked for.
    case foreign(String, [UInt8])
    /// Whatever it is.
    case raw(UInt16, [UInt8])
  }

  enum Act: Sendable {
    case records([Record])
    /// RFC 1035 section 4.1.1: 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED.
    case code(UInt8)
    case silence
    case truncated
    /// As somebody who guesses: the answer to another question, then nothing.
    case forged([Record])
    case bytes([UInt8])
    /// By TCP: the length, and then nothing.
    case half
  }

  /// What to say to which question.
  struct Answers: Sendable {
    let act: @Sendable (Question) -> Act
    init(_ act: @Sendable @escaping (Question) -> Act) { self.act = act }
  }

  static let a: UInt16 = 1
  static let aaaa: UInt16 = 28
  static let srv: UInt16 = 33

  let port: Int
  private let log: QuestionLog

  var text: String { "127.0.0.1:\(port)" }
  var questions: [Question] { log.all }

  /// Returns once anything was asked. For one who waits.
  func isAsked() async {
    if !questions.isEmpty { return }
    for await _ in log.news { return }
  }

  static func with<Value: Sendable>(
    _ answers: Answers, _ body: (NameServer) async throws -> Value
  ) async throws -> Value {
    let log = QuestionLog()
    let (datagrams, streams) = try await bind(answers.act, log)
    let port = datagrams.localAddress?.port ?? 0
    let result: Result<Value, any Error>
    do { result = .success(try await body(NameServer(port: port, log: log))) } catch {
      result = .failure(error)
    }
    try? await datagrams.close()
    try? await streams.close()
    return try result.get()
  }

  /// The same port for both; another one if somebody else was faster.
  private static func bind(
    _ answer: @Sendable @escaping (Question) -> Act, _ log: QuestionLog
  ) async throws -> (any Channel, any Channel) {
    let group = MultiThreadedEventLoopGroup.singleton
    var attempt = 0
    while true {
      let datagrams = try await DatagramBootstrap(group: group)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(Datagrams(answer: answer, log: log))
          }
        }.bind(host: "127.0.0.1", port: 0).get()
      do {
        let streams = try await ServerBootstrap(group: group)
          .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
          .childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
              try channel.pipeline.syncOperations.addHandler(Streams(answer: answer, log: log))
            }
          }.bind(host: "127.0.0.1", port: datagrams.localAddress?.port ?? 0).get()
        return (datagrams, streams)
      } catch {
        try await datagrams.close()
        attempt += 1
        guard attempt < 20 else { throw error }
      }
    }
  }

  /// A message that answers a request; `nil` for silence.
  static func reply(
    to request: [UInt8], isTCP: Bool, log: QuestionLog, answer: (Question) -> Act
  ) -> [UInt8]? {
    guard request.count > 16 else { return nil }
    var labels: [String] = []
    var index = 12
    while index < request.count, request[index] != 0 {
      let length = Int(request[index])
      labels.append(String(decoding: request[(index + 1)..<(index + 1 + length)], as: UTF8.self))
      index += 1 + length
    }
    let type = UInt16(request[index + 1]) << 8 | UInt16(request[index + 2])
    var asked = Array(request[12..<(index + 5)])
    let question = Question(name: labels.joined(separator: ".").lowercased(), type: type, isTCP: isTCP)
    log.add(question)
    var id = Array(request[0..<2])
    var flags: [UInt8] = [0x81, 0x80]
    var records: [Record] = []
    switch answer(question) {
    case .silence: return nil
    case .bytes(let bytes): return bytes
    case .half: return []
    case .code(let code): flags[1] |= code
    case .truncated: if !isTCP { flags[0] |= 0x02 }
    case .records(let some): records = some
    case .forged(let some):
      records = some
      id[0] ^= 0xFF
      asked = name("other.example") + [0, UInt8(type), 0, 1]
    }
    var message = id + flags + number(1) + number(UInt16(records.count)) + number(0) + number(0) + asked
    for record in records {
      var owner: [UInt8] = [0xC0, 12]
      if case .foreign(let other, _) = record { owner = name(other) }
      let (type, data): (UInt16, [UInt8]) =
        switch record {
        case .srv(let port, let target, let priority):
          (srv, number(priority) + number(0) + number(port) + name(target))
        case .a(let bytes), .foreign(_, let bytes): (a, bytes)
        case .aaaa(let bytes): (aaaa, bytes)
        case .alias(let target): (5, name(target))
        case .raw(let type, let bytes): (type, bytes)
        }
      message += owner + number(type) + number(1) + [0, 0, 0, 60] + number(UInt16(data.count)) + data
    }
    return message
  }

  private static func number(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
  private static func name(_ text: String) -> [UInt8] {
    text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
  }

  final class QuestionLog: Sendable {
    private let questions = Mutex<[Question]>([])
    let news: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation

    init() { (news, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    var all: [Question] { questions.withLock { $0 } }

    func add(_ question: Question) {
      questions.withLock { $0.append(question) }
      bell.yield()
    }
  }

  private final class Datagrams: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>
    let answer: @Sendable (Question) -> Act
    let log: QuestionLog

    init(answer: @Sendable @escaping (Question) -> Act, log: QuestionLog) {
      self.answer = answer
      self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let envelope = unwrapInboundIn(data)
      guard
        let reply = NameServer.reply(
          to: Array(envelope.data.readableBytesView), isTCP: false, log: log, answer: answer)
      else { return }
      context.writeAndFlush(
        wrapOutboundOut(
          AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: reply))),
        promise: nil)
    }
  }

  private final class Streams: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    let answer: @Sendable (Question) -> Act
    let log: QuestionLog
    var received = ByteBuffer()

    init(answer: @Sendable @escaping (Question) -> Act, log: QuestionLog) {
      self.answer = answer
      self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      var buffer = unwrapInboundIn(data)
      received.writeBuffer(&buffer)
      guard let length = received.getInteger(at: received.readerIndex, as: UInt16.self),
        received.readableBytes >= Int(length) + 2
      else { return }
      received.moveReaderIndex(forwardBy: 2)
      let request = received.readBytes(length: Int(length)) ?? []
      guard let reply = NameServer.reply(to: request, isTCP: true, log: log, answer: answer) else { return }
      var out = ByteBuffer()
      out.writeInteger(UInt16(max(reply.count, 40)))
      out.writeBytes(reply)
      context.writeAndFlush(wrapOutboundOut(out), promise: nil)
    }
  }
}

typealias Answers = NameServer.Answers

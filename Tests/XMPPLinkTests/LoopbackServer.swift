// SPDX-License-Identifier: AGPL-3.0-or-later

import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import XMPPLink

/// Speaks the server's side of XEP-0114 on a port of its own, as well or as badly as a test wants. No stand-in for
/// Prosody, to which the link is put too: only here can a connection be cut at a chosen byte.
final class LoopbackServer: Sendable {
  typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>
  /// What to say to an event, in how many pieces; nil: hang up.
  typealias Speech = @Sendable (StanzaParser.Event) -> [String]?

  /// When to hang up: after so many bytes.
  struct Cut: Sendable {
    var sent = Int.max
    var received = Int.max
  }

  struct Facts {
    var connections = 0
    /// Streams that the link closed in good order.
    var farewells = 0
    /// Elements that the link sent.
    var heard: [Element] = []
    var whole = Cut(sent: 0, received: 0)
    var faults: [LinkError] = []
  }

  let port: Int
  let facts = Mutex(Facts())
  /// Rings after all that is heard.
  private let news: AsyncStream<Void>
  private let bell: AsyncStream<Void>.Continuation
  private let listener: NIOAsyncChannel<Connection, Never>
  private let speech: Speech
  /// For each connection, by its number from 0.
  private let cut: @Sendable (Int) -> Cut

  private init(speech: @escaping Speech, cut: @escaping @Sendable (Int) -> Cut) async throws {
    self.speech = speech
    self.cut = cut
    (news, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
      }
    port = try #require(listener.channel.localAddress?.port)
  }

  static func run<Result>(
    _ speech: @escaping Speech = LoopbackServer.speak, cut: @escaping @Sendable (Int) -> Cut = { _ in Cut() },
    _ body: (LoopbackServer) async throws -> Result
  ) async throws -> Result {
    let server = try await LoopbackServer(speech: speech, cut: cut)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      let result = try await body(server)
      group.cancelAll()
      return result
    }
  }

  private func serve() async throws {
    try await listener.executeThenClose { connections in
      await withDiscardingTaskGroup { group in
        do {
          for try await connection in connections { group.addTask { await self.hold(connection) } }
        } catch {}
        group.cancelAll()
      }
    }
  }

  private func hold(_ connection: Connection) async {
    let cut = cut(
      facts.withLock { facts in
        facts.connections += 1
        return facts.connections - 1
      })
    try? await connection.executeThenClose { inbound, outbound in
      let parser = StanzaParser()
      var done = Cut(sent: 0, received: 0)
      for try await buffer in inbound {
        let bytes = Array(buffer.readableBytesView).prefix(cut.received - done.received)
        done.received += bytes.count
        for event in parser.feed(Array(bytes)) {
          note(event)
          guard let pieces = speech(event) else { return }
          for piece in pieces {
            let out = piece.utf8.prefix(cut.sent - done.sent)
            done.sent += out.count
            try await outbound.write(ByteBuffer(bytes: out))
            if done.sent >= cut.sent { return }
          }
          if event == .closed {
            facts.withLock { [done] in $0.whole = done }
            return
          }
        }
        if done.received >= cut.received { return }
      }
    }
  }

  private func note(_ event: StanzaParser.Event) {
    facts.withLock { facts in
      switch event {
      case .element(let element): facts.heard.append(element)
      case .closed: facts.farewells += 1
      case .failed(let error): facts.faults.append(error)
      case .opened, .skipped: break
      }
    }
    bell.yield()
  }

  /// Returns once the link has sent such an element. For one who waits at a time.
  func heard(_ condition: (Element) -> Bool) async {
    func isHeard() -> Bool { facts.withLock { $0.heard.contains(where: condition) } }
    if isHeard() { return }
    for await _ in news where isHeard() { return }
  }

  static let privileges =
    "<message from='\(domain)' to='\(component)'><privilege xmlns='urn:xmpp:privilege:2'>"
    + "<perm access='roster' type='both'/><perm access='message' type='outgoing'/></privilege></message>"

  /// What a server says that means well.
  @Sendable static func speak(_ event: StanzaParser.Event) -> [String]? {
    switch event {
    case .opened: return [header]
    case .closed: return ["</stream:stream>"]
    case .failed, .skipped: return nil
    case .element(let element) where element.name == "handshake":
      return "<handshake>" + element.text + "</handshake>" == ComponentStreamTests.handshake
        ? ["<handshake/>", privileges] : nil
    case .element(let element) where element.name == "iq": return [answer(to: element)]
    case .element: return []
    }
  }

  static func answer(to question: Element) -> String {
    let what = question.children.first
    let content =
      switch what?.name {
      case "query":
        "<query xmlns='jabber:iq:roster'><item jid='bob@example.org' subscription='both'/></query>"
      case "changes":
        "<changes xmlns='urn:trunkline:link:1' epoch='e' upto='1'><member name='alice'/></changes>"
      default: ""
      }
    return
      "<iq type='result' id='\(question["id"] ?? "")' from='\(question["to"] ?? "")' to='\(component)'>\(content)</iq>"
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Synchronization
import Testing

@testable import XMPPLink

/// The connection is cut after 0, 1, 2, … bytes of a whole session, while several ask.
@Suite(.serialized, .timeLimit(.minutes(10))) struct DroppedLinkTests {
  enum Direction: CaseIterable {
    case sent, received
  }

  /// All that is asked in a session. True answers or an error, nothing else.
  enum Question: CaseIterable {
    case roster, changes, contact, notice

    func ask(_ link: XMPPLink) async throws(LinkError) {
      switch self {
      case .roster:
        let roster = try await link.roster(of: Name(stored: "alice"))
        #expect(roster.map(\.address.description) == ["bob@example.org"])
      case .changes:
        let changes = try await link.changes(after: nil)
        #expect(changes.names == [Name(stored: "alice")])
      case .contact:
        try await link.contact(.ask, of: Name(stored: "alice"), Address(stored: "bob@example.org"))
      case .notice: try await link.notify(Name(stored: "alice"), "Good morning.")
      }
    }
  }

  /// How many bytes a session takes that nobody disturbs.
  func wholeSession() async throws -> LoopbackServer.Cut {
    try await LoopbackServer.run { server in
      try await withLink(LinkSettings(port: server.port)) { link in
        await link.untilConnected()
        for question in Question.allCases { try await question.ask(link) }
        let ends = link.events
        link.stop()
        for await _ in ends {}
      }
      return server.facts.withLock { $0.whole }
    }
  }

  @Test(arguments: Direction.allCases)
  func comesBackAndNobodyWaitsForEver(direction: Direction) async throws {
    let whole = try await wholeSession()
    let length = direction == .sent ? whole.sent : whole.received
    #expect(length > 500)
    let cut = { @Sendable (number: Int) -> LoopbackServer.Cut in
      guard number <= length else { return LoopbackServer.Cut() }
      return direction == .sent ? LoopbackServer.Cut(sent: number) : LoopbackServer.Cut(received: number)
    }
    let ends = Tally()
    try await LoopbackServer.run(LoopbackServer.speak, cut: cut) { server in
      try await withLink(LinkSettings(port: server.port)) { link in
        await withTaskGroup(of: Void.self) { group in
          for question in Question.allCases {
            group.addTask {
              // Until every cut was made, and once more.
              var isLast = false
              while !isLast {
                isLast = server.facts.withLock { $0.connections > length + 1 } && link.state.isConnected
                let code = await ending { () async throws(LinkError) in try await question.ask(link) }
                ends.count(code?.rawValue ?? "answered")
                if isLast { #expect(code == nil) }
                if code != nil { await link.untilConnected() }
              }
            }
          }
        }
        let state = link.state
        #expect(state.isConnected && state.openRequests == 0)
        #expect(state.privileges?.roster == .both)
      }
      #expect(server.facts.withLock { $0.faults.isEmpty })
    }
    let found = ends.found
    #expect(
      Set(found.keys) == ["answered", "interrupted", "unreachable"]
        || Set(found.keys) == ["answered", "interrupted"])
    #expect(found["interrupted", default: 0] > 100, "\(found)")
  }
}

private final class Tally: Sendable {
  private let counts = Mutex<[String: Int]>([:])

  var found: [String: Int] { counts.withLock { $0 } }

  func count(_ what: String) { counts.withLock { $0[what, default: 0] += 1 } }
}

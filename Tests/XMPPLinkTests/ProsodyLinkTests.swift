// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Testing

@testable import XMPPLink

/// The link and the real Prosody. Without Prosody these fail: what is said of it must have been done with it.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ProsodyLinkTests {
  let alice = Name(stored: "alice")

  func withProsody(
    rights: String = "{ roster = 'both', message = 'outgoing' }", _ body: (ProsodyServer) async throws -> Void
  ) async throws {
    let server = try await ProsodyServer(rights: rights)
    defer { server.remove() }
    try await server.start()
    try await body(server)
    #expect(!server.log.contains("Traceback"), "\(server.log.suffix(4_000))")
  }

  @Test func shakesHandsAndSeesARoster() async throws {
    try await withProsody { server in
      try await withLink(LinkSettings(port: server.port)) { link in
        await link.untilConnected()
        let contacts = try await link.roster(of: alice)
        #expect(
          contacts == [
            Contact(address: try Address("bob@example.org"), name: "Bob & <Co>", subscription: .both),
            Contact(address: try Address("carol@example.org"), subscription: .none, isAsked: true),
          ])
        // It says what we may before it answers anything.
        let privileges = try #require(link.state.privileges)
        #expect(privileges.version == .second)
        #expect(privileges.roster == .both && privileges.mayWrite && privileges.presence == .none)
      }
    }
  }

  @Test func aNoticeIsKeptForTheMemberBeforeItCountsAsSent() async throws {
    try await withProsody { server in
      try await withLink(LinkSettings(port: server.port)) { link in
        await link.untilConnected()
        try await link.notify(alice, "A new device: phone & <tablet>")
        #expect(server.kept.contains("A new device: phone & <tablet>"), "\(server.kept)")
        #expect(server.kept.contains("social.localhost"))
      }
    }
  }

  @Test func aWrongSecretIsToldApart() async throws {
    try await withProsody { server in
      let clock = ManualClock()
      let settings = LinkSettings(port: server.port, secret: Secret("a wrong one"))
      try await withLink(settings, clock: clock) { link in
        await link.untilFailed(by: clock)
        #expect(link.state.lastError?.code == .wrongSecret)
        #expect(link.state.streams == 0)
        #expect(
          await ending { () async throws(LinkError) in _ = try await link.roster(of: alice) } == .unreachable)
      }
    }
  }

  @Test func aNameThatItDoesNotKnowIsToldApart() async throws {
    try await withProsody { server in
      var settings = LinkSettings(port: server.port)
      settings.component = "other.social.localhost"
      let clock = ManualClock()
      try await withLink(settings, clock: clock) { link in
        await link.untilFailed(by: clock)
        #expect(link.state.lastError?.code == .unknownHost)
      }
    }
  }

  @Test func aSecondLinkIsToldThatThereIsOne() async throws {
    try await withProsody { server in
      try await withLink(LinkSettings(port: server.port)) { first in
        await first.untilConnected()
        let clock = ManualClock()
        try await withLink(LinkSettings(port: server.port), clock: clock) { second in
          await second.untilFailed(by: clock)
          #expect(second.state.lastError?.code == .conflict)
        }
        _ = try await first.roster(of: alice)
      }
    }
  }

  @Test func withoutPrivilegesItRefuses() async throws {
    try await withProsody(rights: "{ roster = 'none', message = 'none' }") { server in
      try await withLink(LinkSettings(port: server.port)) { link in
        await link.untilConnected()
        #expect(
          await ending { () async throws(LinkError) in _ = try await link.roster(of: alice) }
            == .notPrivileged)
        #expect(
          await ending { () async throws(LinkError) in try await link.notify(alice, "x") } == .notPrivileged)
      }
    }
  }

  @Test func whatTheServerHasNoModuleForIsToldApart() async throws {
    try await withProsody { server in
      try await withLink(LinkSettings(port: server.port)) { link in
        await link.untilConnected()
        #expect(
          await ending { () async throws(LinkError) in _ = try await link.changes(after: nil) }
            == .unsupported)
      }
    }
  }

  @Test(arguments: [true, false])
  func comesBackAfterACrashAndAfterARestart(isKilled: Bool) async throws {
    try await withProsody { server in
      try await withLink(LinkSettings(port: server.port)) { link in
        for round in 1...3 {
          await link.until { $0.streams == round && $0.isConnected }
          #expect(try await link.roster(of: alice).count == 2)
          // Questions under way when it dies have an answer or an error, none stays.
          await withTaskGroup(of: LinkError.Code?.self) { group in
            for _ in 0..<50 {
              group.addTask {
                await ending { () async throws(LinkError) in _ = try await link.roster(of: alice) }
              }
            }
            server.stop(kill: isKilled)
            for await end in group { #expect([nil, .interrupted, .unreachable].contains(end)) }
          }
          await link.until { !$0.isConnected }
          #expect(link.state.lastError?.code == .unreachable)
          try await server.start()
        }
      }
    }
  }
}

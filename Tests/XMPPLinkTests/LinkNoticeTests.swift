// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Synchronization
import Testing

@testable import XMPPLink

/// What is written in the server's name, and what the server does not let us do.
@Suite(.timeLimit(.minutes(2))) struct LinkNoticeTests {
  let alice = Name(stored: "alice")

  @Test func withoutThePrivilegeNothingIsAsked() async throws {
    let speech: LoopbackServer.Speech = { event in
      guard case .element(let element) = event, element.name == "handshake" else {
        return LoopbackServer.speak(event)
      }
      return ["<handshake/><message from='\(domain)'><privilege xmlns='urn:xmpp:privilege:2'/></message>"]
    }
    try await LoopbackServer.run(speech) { server in
      try await withLink(LinkSettings(port: server.port)) { link in
        await link.untilConnected()
        _ = try await link.changes(after: nil)
        #expect(
          await ending { () async throws(LinkError) in _ = try await link.roster(of: alice) }
            == .notPrivileged)
        #expect(
          await ending { () async throws(LinkError) in try await link.notify(alice, "x") } == .notPrivileged)
        #expect(server.facts.withLock { $0.heard.count } == 2)
      }
    }
  }

  @Test func aNoticeOfNothingOrTooMuchIsNotSent() async throws {
    try await LoopbackServer.run { server in
      try await withLink(LinkSettings(port: server.port)) { link in
        await link.untilConnected()
        #expect(await ending { () async throws(LinkError) in try await link.notify(alice, "") } == .badValue)
        let long = String(repeating: "ä", count: 8_193)
        #expect(
          await ending { () async throws(LinkError) in try await link.notify(alice, long) } == .tooLarge)
        try await link.notify(alice, String(long.dropLast()))
      }
    }
  }

  @Test func aNoticeThatIsRefusedIsSaidToBe() async throws {
    let speech: LoopbackServer.Speech = { event in
      guard case .element(let element) = event, element.name == "message", let id = element["id"] else {
        return LoopbackServer.speak(event)
      }
      return [
        "<message type='error' id='\(id)' from='\(domain)'><error type='auth'>"
          + "<forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
      ]
    }
    try await LoopbackServer.run(speech) { server in
      try await withLink(LinkSettings(port: server.port)) { link in
        await link.untilConnected()
        #expect(
          await ending { () async throws(LinkError) in try await link.notify(alice, "Hello.") }
            == .notPrivileged)
        #expect(link.state.isConnected && link.state.openRequests == 0)
      }
    }
  }
}

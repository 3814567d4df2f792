// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import XMPPLink

@Suite(.timeLimit(.minutes(2))) struct LinkServiceTests {
  let alice = Name(stored: "alice")

  @Test func tellsHowItIs() async throws {
    try await LoopbackServer.run { server in
      try await withLink(LinkSettings(port: server.port)) { link in
        await link.untilConnected()
        _ = try await link.changes(after: nil)
        let state = link.state
        #expect(state.isConnected && state.streams == 1 && state.failures == 0)
        #expect(state.since == Timestamp(seconds: 1_700_000_000))
        #expect(state.lastError == nil)
        #expect(state.privileges?.mayWrite == true)
      }
    }
  }

  @Test func waitsLongerAndLongerForAServerThatIsNotThere() async throws {
    let clock = ManualClock()
    let port = try DeadPort()
    defer { withExtendedLifetime(port) {} }
    let settings = LinkSettings(port: port.number, times: LinkSettings.Times())
    try await withLink(settings, clock: clock, random: BackoffTests.most) { link in
      var pauses: [Duration] = []
      for await pause in clock.sleeps {
        pauses.append(pause)
        #expect(link.state.phase == .waiting)
        if pauses.count == 8 { break }
        clock.advance(by: pause)
      }
      #expect(pauses == [0.5, 1, 2, 4, 8, 16, 30, 30].map { Duration.seconds($0) })
      let state = link.state
      #expect(state.failures == 8 && state.streams == 0)
      #expect(state.lastError?.code == .unreachable)
      // Asked meanwhile, it says so at once, and why.
      let error = await #expect(throws: LinkError.self) { try await link.roster(of: alice) }
      #expect(error?.code == .unreachable)
      let cause = try #require(state.lastError?.cause)
      #expect(error?.cause.contains(cause) == true)
    }
  }

  @Test func comesBackAtOnceAfterAGoodStream() async throws {
    let clock = ManualClock()
    let times = LinkSettings.Times()
    // Hangs up when it is asked.
    let speech: LoopbackServer.Speech = { event in
      if case .element(let element) = event, element.child("changes", "urn:trunkline:link:1") != nil {
        return nil
      }
      return LoopbackServer.speak(event)
    }
    try await LoopbackServer.run(speech) { server in
      try await withLink(LinkSettings(port: server.port, times: times), clock: clock) { link in
        await link.untilConnected()
        let back = link.events
        for _ in 0..<60 { clock.advance(by: .seconds(1)) }
        #expect(
          await ending { () async throws(LinkError) in _ = try await link.changes(after: nil) }
            == .interrupted)
        // Nobody moves the clock: a pause would not end.
        for await event in back where event == .connected { break }
        #expect(link.state.streams == 2)
      }
    }
  }

  @Test func aWrongSecretIsSaidToBeOne() async throws {
    let refusal =
      "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
    let speech: LoopbackServer.Speech = { event in
      if case .opened = event { [header] } else { [refusal] }
    }
    try await LoopbackServer.run(speech) { server in
      let clock = ManualClock()
      try await withLink(LinkSettings(port: server.port), clock: clock) { link in
        await link.untilFailed(by: clock)
        #expect(link.state.phase == .waiting)
        #expect(link.state.lastError?.code == .wrongSecret)
        #expect(link.state.streams == 0)
      }
    }
  }

  @Test func aServerThatSaysNothingIsGivenUp() async throws {
    let speech: LoopbackServer.Speech = { _ in [] }
    try await LoopbackServer.run(speech) { server in
      let clock = ManualClock()
      try await withLink(LinkSettings(port: server.port), clock: clock) { link in
        await clock.run { link.state.lastError != nil }
        #expect(link.state.lastError?.code == .timedOut)
      }
    }
  }

  /// Answers pings and nothing else, or not even those.
  func mute(pongs: Bool) -> LoopbackServer.Speech {
    { event in
      guard case .element(let element) = event, element.name == "iq" else {
        return LoopbackServer.speak(event)
      }
      return pongs && element.child("ping", "urn:xmpp:ping") != nil
        ? [LoopbackServer.answer(to: element)] : []
    }
  }

  @Test func aQuestionWithoutAnAnswerEndsInTime() async throws {
    try await LoopbackServer.run(mute(pongs: true)) { server in
      let clock = ManualClock()
      try await withLink(LinkSettings(port: server.port), clock: clock) { link in
        await link.untilConnected()
        async let late = ending { () async throws(LinkError) in _ = try await link.changes(after: nil) }
        await server.heard { $0.child("changes", "urn:trunkline:link:1") != nil }
        await clock.run { link.state.openRequests == 0 }
        #expect(await late == .timedOut)
        #expect(link.state.isConnected)
      }
    }
  }

  @Test func aServerWithoutASignOfLifeIsGivenUp() async throws {
    try await LoopbackServer.run(mute(pongs: false)) { server in
      let clock = ManualClock()
      try await withLink(LinkSettings(port: server.port, times: LinkSettings.Times()), clock: clock) { link in
        await link.untilConnected()
        await clock.run { link.state.lastError != nil }
        #expect(link.state.lastError?.code == .timedOut)
        await server.heard { $0.child("ping", "urn:xmpp:ping") != nil }
      }
    }
  }

  @Test func whoIsNotWaitedForIsForgotten() async throws {
    try await LoopbackServer.run(mute(pongs: true)) { server in
      try await withLink(LinkSettings(port: server.port)) { link in
        await link.untilConnected()
        let asking = Task {
          await ending { () async throws(LinkError) in _ = try await link.changes(after: nil) }
        }
        await server.heard { $0.child("changes", "urn:trunkline:link:1") != nil }
        asking.cancel()
        #expect(await asking.value == .interrupted)
        #expect(link.state.openRequests == 0)
        let cancelled = Task {
          withUnsafeCurrentTask { $0?.cancel() }
          return await ending { () async throws(LinkError) in _ = try await link.changes(after: nil) }
        }
        #expect(await cancelled.value == .interrupted)
      }
    }
  }

  @Test func tooMuchAtOnceIsRefused() async throws {
    try await LoopbackServer.run(mute(pongs: true)) { server in
      try await withLink(LinkSettings(port: server.port, openRequests: 3)) { link in
        await link.untilConnected()
        await withTaskGroup(of: LinkError.Code?.self) { group in
          for _ in 0..<4 {
            group.addTask {
              await ending { () async throws(LinkError) in _ = try await link.changes(after: nil) }
            }
          }
          #expect(await group.next() == .busy)
          #expect(link.state.openRequests == 3)
          group.cancelAll()
        }
      }
    }
  }

  @Test func closesTheStreamAfterTheLastAnswer() async throws {
    try await LoopbackServer.run { server in
      try await withLink(LinkSettings(port: server.port)) { link in
        await link.untilConnected()
        let ends = link.events
        async let answer = link.changes(after: nil)
        await server.heard { $0.name == "iq" }
        link.stop()
        let names = try await answer.names
        #expect(names == [alice])
        #expect(
          await ending { () async throws(LinkError) in _ = try await link.changes(after: nil) } == .closing)
        for await _ in ends {}
        #expect(link.state.phase == .idle)
        #expect(server.facts.withLock { $0.farewells } == 1)
      }
    }
  }

  @Test func closesWithoutTheServersConsentToo() async throws {
    let deaf: LoopbackServer.Speech = { event in
      if event == .closed { return [] }
      guard case .element(let element) = event, element.name == "iq" else {
        return LoopbackServer.speak(event)
      }
      return []
    }
    try await LoopbackServer.run(deaf) { server in
      let clock = ManualClock()
      try await withLink(LinkSettings(port: server.port), clock: clock) { link in
        await link.untilConnected()
        let ends = link.events
        async let answer = ending { () async throws(LinkError) in _ = try await link.changes(after: nil) }
        await server.heard { $0.name == "iq" }
        link.stop()
        let hands = Task { await clock.run { false } }
        for await _ in ends {}
        hands.cancel()
        // Whichever comes first by a clock that runs away: both say that it is not known.
        let end = await answer
        #expect(end == .interrupted || end == .timedOut)
      }
    }
  }

  @Test func runsOnceAtATime() async throws {
    try await LoopbackServer.run { server in
      try await withLink(LinkSettings(port: server.port)) { link in
        await link.untilConnected()
        let error = await #expect(throws: LinkError.self) { try await link.run() }
        #expect(error?.code == .conflict)
        #expect(link.state.isConnected)
      }
    }
  }

  @Test func hintsReachEverybodyWhoListens() async throws {
    let speech: LoopbackServer.Speech = { event in
      guard case .element(let element) = event, element.name == "iq" else {
        return LoopbackServer.speak(event)
      }
      let hint =
        "<message from='\(domain)' to='\(component)'><changed xmlns='urn:trunkline:link:1' name='alice'/></message>"
      return [hint, LoopbackServer.answer(to: element)]
    }
    try await LoopbackServer.run(speech) { server in
      try await withLink(LinkSettings(port: server.port)) { link in
        await link.untilConnected()
        let (one, two) = (link.events, link.events)
        _ = try await link.changes(after: nil)
        for events in [one, two] {
          for await event in events {
            #expect(event == .changed(alice))
            break
          }
        }
      }
    }
  }
}

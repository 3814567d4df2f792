// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing

@testable import XMPPLink

/// The link as one service of the daemon's group, which ends it.
@Suite(.timeLimit(.minutes(2))) struct LinkShutdownTests {
  private static let quiet = Logger(label: "link", factory: { _ in SwiftLogNoOpLogHandler() })

  private static func group(_ link: XMPPLink) -> ServiceGroup {
    ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [.init(service: link, successTerminationBehavior: .gracefullyShutdownGroup)], logger: quiet)
    )
  }

  @Test func aGroupThatEndsClosesTheStreamInGoodOrderAfterTheLastAnswer() async throws {
    try await LoopbackServer.run { server in
      let link = XMPPLink(LinkSettings(port: server.port), logger: Self.quiet)
      let group = Self.group(link)
      async let ended: Void = group.run()
      await link.untilConnected()
      let events = link.events
      async let answer = link.changes(after: nil)
      await server.heard { $0.name == "iq" }
      await group.triggerGracefulShutdown()
      #expect(try await answer.names == [Name(stored: "alice")])
      try await ended
      // Whoever listens hears that nothing more comes.
      for await _ in events {}
      #expect(link.state.phase == .idle && link.state.openRequests == 0)
      #expect(server.facts.withLock { $0.farewells } == 1 && server.facts.withLock { $0.connections } == 1)
    }
  }

  @Test func aGroupEndsALinkThatWaitsForAServerThatIsNotThere() async throws {
    let clock = ManualClock()
    let port = try DeadPort()
    defer { withExtendedLifetime(port) {} }
    let settings = LinkSettings(port: port.number, times: LinkSettings.Times())
    let link = XMPPLink(settings, clock: clock, logger: Self.quiet)
    let group = Self.group(link)
    async let ended: Void = group.run()
    await link.untilFailed(by: clock)
    // Nobody moves the clock: the pause itself never ends.
    await group.triggerGracefulShutdown()
    try await ended
    #expect(link.state.phase == .idle && link.state.streams == 0)
  }

  @Test func aGroupThatEndsBeforeTheLinkHasBegunEndsItAllTheSame() async throws {
    try await LoopbackServer.run { server in
      let link = XMPPLink(LinkSettings(port: server.port), logger: Self.quiet)
      let group = Self.group(link)
      async let ended: Void = group.run()
      await group.triggerGracefulShutdown()
      try await ended
      #expect(link.state.phase == .idle)
      #expect(await ending { () async throws(LinkError) in _ = try await link.changes(after: nil) } != nil)
    }
  }
}

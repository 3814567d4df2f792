// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Testing

@testable import Discovery

/// c-ares against name servers that lie, cut off, say nothing or too much.
@Suite(.timeLimit(.minutes(2))) struct ResolverTests {
  static let patient = Resolver.Limits(attempt: .seconds(5), attempts: 3, overall: .seconds(30))
  static let hasty = Resolver.Limits(attempt: .milliseconds(150), attempts: 2, overall: .milliseconds(900))

  static func with<Value: Sendable>(
    limits: Resolver.Limits = patient,
    _ answers: NameServer.Answers,
    _ body: (Resolver, NameServer) async throws -> Value
  ) async throws -> Value {
    try await NameServer.with(answers) { server in
      let resolver = try Resolver(nameServer: server.text, limits: limits)
      defer { resolver.shutdown() }
      return try await body(resolver, server)
    }
  }

  static let name = "_xmpp-server._tcp.pond.example"

  @Test func recordsComeInTheOrderOfTheirPriority() async throws {
    try await Self.with(
      Answers { _ in
        .records([.srv(5270, "b.pond.example", priority: 20), .srv(5269, "a.pond.example", priority: 10)])
      }
    ) { resolver, server in
      let found = await resolver.services(Self.name)
      #expect(
        found
          == .found([
            ServiceRecord(target: "a.pond.example", port: 5269, priority: 10),
            ServiceRecord(target: "b.pond.example", port: 5270, priority: 20),
          ]))
      #expect(server.questions == [NameServer.Question(name: Self.name, type: NameServer.srv, isTCP: false)])
    }
  }

  @Test func aDotMeansDecidedlyNot() async throws {
    try await Self.with(Answers { _ in .records([.srv(0, ".")]) }) { resolver, _ in
      #expect(await resolver.services(Self.name) == .found([ServiceRecord(target: ".", port: 0)]))
      #expect(await resolver.offer(of: .xmpp, at: "pond.example") == .success(.refused))
    }
  }

  @Test func noSuchNameAndNoSuchRecordAreAnswers() async throws {
    try await Self.with(Answers { $0.name.hasPrefix("_xmpps") ? .code(3) : .records([]) }) {
      resolver, server in
      #expect(await resolver.offer(of: .xmpp, at: "pond.example") == .success(.unannounced))
      #expect(Set(server.questions.map(\.name)).count == 2)
    }
  }

  @Test func whatIsOfferedIsAskedForOnce() async throws {
    try await Self.with(Answers { _ in .records([.srv(5269, "pond.example")]) }) { resolver, server in
      #expect(await resolver.offer(of: .xmpp, at: "pond.example") == .success(.offered))
      #expect(server.questions.count == 1)
    }
  }

  @Test func anAliasIsFollowedAsTheNameServerAnswers() async throws {
    try await Self.with(
      Answers { _ in .records([.alias("dns.example"), .foreign("dns.example", [8, 8, 8, 8])]) }
    ) {
      resolver, _ in
      let found = await resolver.addresses(of: "pond.example")
      guard case .found(let addresses) = found else {
        Issue.record("\(found)")
        return
      }
      #expect(addresses.first?.description == "8.8.8.8")
    }
  }

  @Test func theAddressOfAnotherNameIsNotTaken() async throws {
    try await Self.with(
      limits: Self.hasty, Answers { _ in .records([.foreign("evil.example", [8, 8, 8, 8])]) }
    ) {
      resolver, _ in
      #expect(await resolver.addresses(of: "pond.example") == .nothing)
    }
  }

  @Test func bothFamiliesAreAskedFor() async throws {
    let six: [UInt8] = [0x26, 0] + [UInt8](repeating: 0, count: 13) + [1]
    try await Self.with(Answers { .records([$0.type == NameServer.a ? .a([8, 8, 4, 4]) : .aaaa(six)]) }) {
      resolver, _ in
      let expected = [NetworkAddress(bytes: [8, 8, 4, 4]), NetworkAddress(bytes: six)].compactMap(\.self)
      #expect(await resolver.addresses(of: "pond.example") == .found(expected))
    }
  }

  @Test(arguments: [2, 4, 5] as [UInt8]) func aNameServerInTroubleIsNoAnswer(code: UInt8) async throws {
    try await Self.with(Answers { _ in .code(code) }) { resolver, _ in
      #expect(await resolver.services(Self.name) == .failed(.unanswered))
      #expect(await resolver.offer(of: .xmpp, at: "pond.example") == .failure(.unanswered))
    }
  }

  @Test func silenceEndsAtTheDeadline() async throws {
    try await Self.with(limits: Self.hasty, Answers { _ in .silence }) { resolver, server in
      let clock = ContinuousClock()
      let began = clock.now
      #expect(await resolver.services(Self.name) == .failed(.timedOut))
      #expect(clock.now - began < .seconds(30) && !server.questions.isEmpty)
    }
  }

  @Test func anAnswerToAnotherQuestionIsNotBelieved() async throws {
    try await Self.with(limits: Self.hasty, Answers { _ in .forged([.srv(5269, "evil.example")]) }) {
      resolver, _ in
      #expect(await resolver.services(Self.name) == .failed(.timedOut))
    }
  }

  @Test func whatIsCutOffIsAskedForAgainByTCP() async throws {
    let many = (0..<200).map { NameServer.Record.srv(5269, "a-rather-long-name-\($0).pond.example") }
    try await Self.with(Answers { $0.isTCP ? .records(many) : .truncated }) { resolver, server in
      guard case .found(let records) = await resolver.services(Self.name) else {
        Issue.record("nothing found")
        return
      }
      #expect(records.count == Resolver.mostRecords)
      #expect(server.questions.contains { $0.isTCP })
    }
  }

  @Test func aStreamThatStopsHalfwayEndsAtTheDeadline() async throws {
    try await Self.with(limits: Self.hasty, Answers { $0.isTCP ? .half : .truncated }) { resolver, _ in
      #expect(await resolver.services(Self.name) == .failed(.timedOut))
    }
  }

  @Test(arguments: [
    [NameServer.Record.raw(33, [])], [.raw(33, [0, 0])], [.raw(33, [0, 0, 0, 0, 20, 149, 63, 1, 2])],
    [.raw(33, [0, 0, 0, 0, 20, 149, 0xC0, 0xFF])], [.raw(33, [0, 0, 0, 0, 20, 149, 0xC0, 12])],
  ])
  func brokenRecordsAreNoServer(records: [NameServer.Record]) async throws {
    try await Self.with(limits: Self.hasty, Answers { _ in .records(records) }) { resolver, _ in
      // Only that nothing breaks, and that no name is made up from what lies behind.
      if case .found(let found) = await resolver.services(Self.name) {
        #expect(found.allSatisfy { $0.target == Self.name || $0.target == "." })
      }
    }
  }

  @Test func addressesOfTheWrongLengthAreNone() async throws {
    try await Self.with(
      limits: Self.hasty,
      Answers { .records([$0.type == NameServer.a ? .raw(1, [8, 8, 8]) : .raw(28, [1, 2, 3, 4])]) }
    ) { resolver, _ in
      if case .found(let found) = await resolver.addresses(of: "pond.example") { Issue.record("\(found)") }
    }
  }

  @Test func rubbishIsNoAnswer() async throws {
    try await Self.with(limits: Self.hasty, Answers { _ in .bytes([1, 2, 3]) }) { resolver, _ in
      guard case .failed = await resolver.services(Self.name) else {
        Issue.record("rubbish was read")
        return
      }
    }
  }

  @Test func manyQuestionsTakeTurnsAndTooManyFailAtOnce() async throws {
    let limits = Resolver.Limits(
      attempt: .seconds(5), attempts: 3, overall: .seconds(60), concurrent: 3, waiting: 100)
    try await Self.with(limits: limits, Answers { _ in .records([.srv(5269, "pond.example")]) }) {
      resolver, server in
      let answers = await withTaskGroup(of: Lookup<ServiceRecord>.self) { group in
        for number in 0..<90 {
          group.addTask { await resolver.services("_xmpp-server._tcp.\(number).example") }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(
        answers.count == 90
          && answers.allSatisfy { $0 == .found([ServiceRecord(target: "pond.example", port: 5269)]) })
      #expect(Set(server.questions.map(\.name)).count == 90)
    }
    let few = Resolver.Limits(
      attempt: .milliseconds(200), attempts: 1, overall: .seconds(1), concurrent: 1, waiting: 2)
    try await Self.with(limits: few, Answers { _ in .silence }) { resolver, _ in
      let answers = await withTaskGroup(of: Lookup<ServiceRecord>.self) { group in
        for number in 0..<40 { group.addTask { await resolver.services("\(number).example") } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(
        answers.contains(.failed(.busy))
          && answers.allSatisfy { $0 == .failed(.busy) || $0 == .failed(.timedOut) })
    }
  }

  @Test func aNameThatIsNoneIsNotAskedFor() async throws {
    try await Self.with(Answers { _ in .records([.srv(1, "x.example")]) }) { resolver, server in
      for name in ["a\u{0}b.example", String(repeating: "a", count: 300), "a..example"] {
        guard case .failed = await resolver.services(name) else {
          Issue.record("\(name.prefix(20)) was asked for")
          continue
        }
      }
      #expect(server.questions.isEmpty)
    }
  }

  @Test func whoeverGivesUpIsNotKeptWaiting() async throws {
    try await Self.with(Answers { _ in .silence }) { resolver, server in
      let asked = Task { await resolver.services(Self.name) }
      await server.isAsked()
      let time = await ContinuousClock().measure {
        asked.cancel()
        #expect(await asked.value == .failed(.timedOut))
      }
      #expect(time < .seconds(5))
    }
  }

  @Test func closingAnswersWhoeverWaits() async throws {
    try await Self.with(Answers { _ in .silence }) { resolver, server in
      let asked = Task { await resolver.services(Self.name) }
      await server.isAsked()
      resolver.shutdown()
      guard case .failed = await asked.value else {
        Issue.record("an answer from nowhere")
        return
      }
      #expect(await resolver.services(Self.name) == .failed(.busy))
    }
  }

  @Test(arguments: [
    "", "name.example", "127.0.0.1:x", "300.1.1.1", "[::1", "127.0.0.1:99999", "127.0.0.1:0",
    "127.0.0.1, 8.8.8.8", "[127.0.0.1]:53", "::1]:53", "[::1]:", "127.0.0.1:",
  ])
  func aNameServerThatIsNoneIsRefused(text: String) {
    #expect(throws: DiscoveryError.self) { try Resolver(nameServer: text).shutdown() }
  }

  @Test(arguments: ["127.0.0.1", "127.0.0.1:5353", "::1", "[::1]", "[::1]:5353", "2600::1"])
  func aNameServerIsAnAddressWithOrWithoutAPort(text: String) throws {
    try Resolver(nameServer: text).shutdown()
  }
}

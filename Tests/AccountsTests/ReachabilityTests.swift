// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Discovery
import Foundation
import Storage
import Synchronization
import Testing

@testable import Accounts

/// What is known about whether somebody can be reached, without anybody waiting for other servers.
@Suite(.timeLimit(.minutes(1))) struct ReachabilityTests {
  static let bob = Address(stored: "bob@pond.example")
  static let phone = NewDevice(name: DeviceName(stored: "Phone"), app: .conversations)

  /// What other domains say, and what was asked of them.
  final class World: Sendable {
    struct State: Sendable {
      var offers: [String: DomainOffer] = [:]
      var statements: [Address: WebFingerAnswer] = [:]
      var asked: [Inquiry] = []
    }
    let state = Mutex(State())

    var asked: [Inquiry] { state.withLock { $0.asked } }

    func set(_ domain: String, _ offer: DomainOffer?) { state.withLock { $0.offers[domain] = offer } }
    func set(_ address: Address, _ answer: WebFingerAnswer) {
      state.withLock { $0.statements[address] = answer }
    }

    func lookups(_ limits: LookupQueue.Limits, at now: Timestamp) -> Lookups {
      Lookups(
        Lookups.Ways(
          mayAsk: Boundary().mayAsk,
          offer: { domain in
            self.state.withLock { state in
              state.asked.append(.records(domain))
              return state.offers[domain]
            }
          },
          statements: { address in
            self.state.withLock { state in
              state.asked.append(.statements(address))
              return state.statements[address] ?? .nobody
            }
          }, close: {}), limits: limits, at: now)
    }
  }

  static func with(
    _ limits: LookupQueue.Limits = LookupQueue.Limits(), isOn: Bool = true,
    _ body: (Stage, Accounts, World, Account) async throws -> Void
  ) async throws {
    let stage = try Stage()
    defer { stage.remove() }
    let world = World()
    let accounts = try stage.open(lookups: isOn ? world.lookups(limits, at: stage.clock.now()) : nil)
    _ = try await accounts.projections.prepare()
    try await body(stage, accounts, world, try await stage.member(in: accounts))
  }

  /// Makes the look-ups that are wanted, as the service does.
  static func lookUp(_ accounts: Accounts) async throws {
    while let inquiry = accounts.lookups?.next() {
      try await accounts.lookUp(inquiry)
      accounts.lookups?.finish(inquiry)
    }
  }

  static func person(_ address: Address, stated: [StatedAddress] = []) -> Person {
    Person(
      id: address.description, address: address, displayName: "", follows: true, followsBack: true,
      stated: stated)
  }

  @Test("a page does not wait: it says that it does not know yet, and knows later")
  func later() async throws {
    try await Self.with { _, accounts, world, alice in
      world.set("pond.example", .offered)
      let first = try await accounts.reachability(of: [Self.bob], for: alice.id)
      #expect(first.reachability(of: Self.bob, by: .xmpp) == Reachability(.unknown(.notAsked)))
      #expect(!first.isComplete && world.asked.isEmpty)
      try await Self.lookUp(accounts)
      let second = try await accounts.reachability(of: [Self.bob], for: alice.id)
      let chat = second.reachability(of: Self.bob, by: .xmpp)
      #expect(chat.finding == .records && chat.address == Self.bob && !chat.isVerified && second.isComplete)
      #expect(second.reachability(of: Self.bob, by: .sip) == Reachability(.none(.notYetHere)))
      #expect(Set(world.asked) == [.records("pond.example"), .statements(Self.bob)])
    }
  }

  @Test("what was answered is not asked again before its time, whoever wants to know")
  func cached() async throws {
    try await Self.with { stage, accounts, world, alice in
      world.set("pond.example", .offered)
      let carol = try await stage.member("carol", in: accounts)
      for member in [alice, carol, alice] {
        _ = try await accounts.reachability(of: [Self.bob], for: member.id)
        try await Self.lookUp(accounts)
      }
      #expect(world.asked.count == 2)
      stage.clock.advance(FindingLife.good)
      let stale = try await accounts.reachability(of: [Self.bob], for: alice.id)
      #expect(stale.reachability(of: Self.bob, by: .xmpp).finding == .records && !stale.isComplete)
      try await Self.lookUp(accounts)
      #expect(world.asked.count == 4)
    }
  }

  @Test("an outage changes no finding, and is tried again ever later")
  func outage() async throws {
    try await Self.with { stage, accounts, world, alice in
      world.set("pond.example", .offered)
      world.set(Self.bob, .failed(.timedOut))
      _ = try await accounts.reachability(of: [Self.bob], for: alice.id)
      try await Self.lookUp(accounts)
      world.set("pond.example", nil)
      stage.clock.advance(FindingLife.good)
      _ = try await accounts.reachability(of: [Self.bob], for: alice.id)
      try await Self.lookUp(accounts)
      let after = try await accounts.reachability(of: [Self.bob], for: alice.id)
      #expect(after.reachability(of: Self.bob, by: .xmpp).finding == .records && after.isComplete)
      let lake = Address(stored: "bob@lake.example")
      _ = try await accounts.reachability(of: [lake], for: alice.id)
      try await Self.lookUp(accounts)
      let vain = try await accounts.reachability(of: [lake], for: alice.id)
      #expect(vain.reachability(of: lake, by: .xmpp) == Reachability(.unknown(.noAnswer)))
    }
  }

  @Test("a profile that states an address is believed, and nobody is asked")
  func profile() async throws {
    try await Self.with { _, accounts, world, alice in
      let robert = StatedAddress(service: .xmpp, address: Address(stored: "robert@chat.example"))
      let report = try await accounts.reachability(
        of: [Self.person(Self.bob, stated: [robert])], for: alice.id)
      let chat = report.reachability(of: Self.bob, by: .xmpp)
      #expect(chat.finding == .stated(by: .profile) && chat.address == robert.address && chat.isVerified)
      try await Self.lookUp(accounts)
      #expect(report.isComplete && world.asked.isEmpty)
    }
  }

  @Test("an address that one of the member's people states is theirs; for another member it is a stranger's")
  func vouched() async throws {
    try await Self.with { stage, accounts, world, alice in
      let robert = StatedAddress(service: .xmpp, address: Address(stored: "robert@chat.example"))
      world.set(Self.bob, .states([robert]))
      let carol = try await stage.member("carol", in: accounts)
      try await accounts.ledger.write { writer in
        _ = try writer.setPeople([Self.person(Self.bob)], of: alice)
      }
      _ = try await accounts.reachability(of: [Self.bob], for: alice.id)
      try await Self.lookUp(accounts)
      let chat = try await accounts.reachability(of: [Self.bob], for: alice.id)
        .reachability(of: Self.bob, by: .xmpp)
      #expect(chat.finding == .stated(by: .webFinger) && chat.isVerified && chat.address == robert.address)
      let known = try await accounts.reachability(of: [robert.address], for: alice.id)
      #expect(known.reachability(of: robert.address, by: .xmpp).isVerified && known.isComplete)
      let stranger = try await accounts.reachability(of: [robert.address], for: carol.id)
      #expect(!stranger.reachability(of: robert.address, by: .xmpp).isVerified)
    }
  }

  @Test("of members here the ledger decides, nothing is asked, and off, out and nobody look alike")
  func here() async throws {
    try await Self.with { stage, accounts, world, alice in
      let carol = try await stage.member("carol", in: accounts)
      _ = try await accounts.addDevice(Self.phone, to: carol.id, by: .admin)
      let dave = try await stage.account("dave", in: accounts)
      let erin = try await stage.member("erin", in: accounts)
      _ = try await accounts.addDevice(Self.phone, to: erin.id, by: .admin)
      _ = try await accounts.disable(erin.id, by: .admin)
      let handles =
        [carol, dave, erin].map { Address($0.handle) } + [Address(stored: "nobody@example.social")]
      let report = try await accounts.reachability(of: handles, for: alice.id)
      let findings = handles.map { report.reachability(of: $0, by: .xmpp) }
      #expect(findings[0] == Reachability(.here, address: handles[0]) && findings[0].isVerified)
      #expect(findings[1...].allSatisfy { $0 == Reachability(.notHere) })
      #expect(handles.allSatisfy { report.reachability(of: $0, by: .sip) == Reachability(.notHere) })
      try await Self.lookUp(accounts)
      #expect(report.isComplete && world.asked.isEmpty)
    }
  }

  @Test("who asks for too much is told so, and others are not kept waiting")
  func limited() async throws {
    let limits = LookupQueue.Limits(memberAtOnce: 4, memberPerSecond: 1)
    try await Self.with(limits) { stage, accounts, world, alice in
      let many = (0..<50).map { Address(stored: "bob@pond\($0).example") }
      let report = try await accounts.reachability(of: many, for: alice.id)
      let findings = many.map { report.reachability(of: $0, by: .xmpp).finding }
      #expect(findings.filter { $0 == .unknown(.notAsked) }.count == 2)
      #expect(findings.filter { $0 == .unknown(.limited) }.count == 48 && !report.isComplete)
      let carol = try await stage.member("carol", in: accounts)
      let other = try await accounts.reachability(of: [Self.bob], for: carol.id)
      #expect(other.reachability(of: Self.bob, by: .xmpp).finding == .unknown(.notAsked))
      stage.clock.advance(10)
      try await Self.lookUp(accounts)
      let again = try await accounts.reachability(of: many, for: alice.id)
      #expect(many.filter { again.reachability(of: $0, by: .xmpp).finding == .unknown(.limited) }.count < 48)
    }
  }

  @Test("names outside the public DNS are never asked for, and nothing is where look-ups are off")
  func never() async throws {
    let inside = Address(stored: "bob@printer.local")
    try await Self.with { _, accounts, world, alice in
      let report = try await accounts.reachability(of: [inside], for: alice.id)
      #expect(report.reachability(of: inside, by: .xmpp) == Reachability(.unknown(.notPublic)))
      try await Self.lookUp(accounts)
      #expect(report.isComplete && world.asked.isEmpty)
    }
    try await Self.with(isOn: false) { _, accounts, _, alice in
      let report = try await accounts.reachability(of: [Self.bob], for: alice.id)
      #expect(report.reachability(of: Self.bob, by: .xmpp) == Reachability(.unknown(.switchedOff)))
      #expect(report.isComplete)
    }
  }

  @Test func nobodyIsToldAnythingWithoutAnAccount() async throws {
    try await Self.with { _, accounts, world, _ in
      await #expect(throws: AccountsError.self) {
        try await accounts.reachability(of: [Self.bob], for: 4_711)
      }
      #expect(accounts.lookups?.next() == nil && world.asked.isEmpty)
    }
  }

  @Test("the service makes what is wanted, and ends when it is told to")
  func service() async throws {
    try await Self.with { _, accounts, world, alice in
      world.set("pond.example", .refused)
      let running = Task { try await ReachabilityLookups(accounts: accounts).run() }
      var report = try await accounts.reachability(of: [Self.bob], for: alice.id)
      while !report.isComplete {
        try await Task.sleep(for: .milliseconds(10))
        report = try await accounts.reachability(of: [Self.bob], for: alice.id)
      }
      #expect(report.reachability(of: Self.bob, by: .xmpp).finding == .none(.refused))
      #expect(
        Set(world.asked) == [.records("pond.example"), .statements(Self.bob)] && world.asked.count == 2)
      running.cancel()
      try await running.value
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Engines
import Foundation
import Storage
import Testing

@testable import Accounts

/// Members' devices come and go while every write is written down: what happened, and what was promised when.
struct Story: Sendable {
  /// One call: where the log was when it began, and when it was acknowledged.
  struct Step: Sendable {
    let what: String
    let begin: Int
    let end: Int
    let after: Holdings
  }

  let steps: [Step]
  let log: WriteLog

  /// What holds for sure if the power fails at a place of the log, and what may hold because it was under way.
  func promise(at cut: Int) -> PowerCut.Promise {
    let next = steps.firstIndex { $0.end > cut } ?? steps.endIndex
    let sure = next > 0 ? steps[next - 1].after : Holdings()
    guard next < steps.endIndex, steps[next].begin < cut else {
      return PowerCut.Promise(what: "nothing", sure: sure, possible: sure)
    }
    return PowerCut.Promise(what: steps[next].what, sure: sure, possible: steps[next].after)
  }

  /// Lets it happen in the stage's folder, from the first start on an empty disk.
  static func play(
    _ count: Int, on stage: Stage, fault: WriteLog.Fault, using generator: inout SeededGenerator
  ) async throws -> Story {
    WriteLog.begin(in: stage.folder, fault: fault)
    var teller = try await Teller(stage: stage)
    for _ in 0..<count { try await teller.next(using: &generator) }
    // The last lines are written down too: closing folds the WAL back.
    let steps = teller.steps
    try await teller.close()
    return Story(steps: steps, log: WriteLog.end(in: stage.folder))
  }
}

/// Does one thing after the other, and notes when each was acknowledged.
private struct Teller {
  let stage: Stage
  var accounts: Accounts
  var members: [Account] = []
  var steps: [Story.Step] = []

  init(stage: Stage) async throws {
    self.stage = stage
    accounts = try stage.open()
    _ = try await accounts.projections.chat.prepare()
    try await note("first start", since: 0)
    for name in ["alice", "bob", "carol"] {
      var begin = WriteLog.length
      let account = try await stage.account(name, in: accounts)
      try await note("account of \(name)", since: begin)
      begin = WriteLog.length
      try await accounts.setService(.xmpp, on: true, of: account.id, by: .member)
      try await note("chat for \(name)", since: begin)
      members.append(account)
    }
  }

  func close() async throws {
    try await accounts.projections.chat.forget()
    try accounts.ledger.close()
  }

  mutating func next(using generator: inout SeededGenerator) async throws {
    let member = members[Int.random(in: 0..<members.count, using: &generator)]
    let live = try await accounts.overview(of: member.id).devices.map(\.device.id).randomElement(
      using: &generator)
    let begin = WriteLog.length
    switch Int.random(in: 0..<22, using: &generator) {
    case 0..<8: try await issue(to: member, since: begin)
    case 8..<13:
      guard let live else { return try await issue(to: member, since: begin) }
      _ = try await accounts.revokeDevice(live, of: member.id, by: .member)
      let after = try await note("revoke \(live)", since: begin)
      #expect(after.members[member.name.text]?.devices[live.text] == nil)
    case 13..<15:
      guard let live else { return try await issue(to: member, since: begin) }
      let name = DeviceName(stored: "Phone \(begin)")
      try await accounts.renameDevice(live, to: name, of: member.id, by: .member)
      let after = try await note("rename \(live)", since: begin)
      #expect(after.members[member.name.text]?.devices[live.text]?.name == name.text)
    case 15..<17:
      let isOut = try await accounts.account(member.id).disabledAt != nil
      if isOut {
        try await accounts.enable(member.id, by: .admin)
      } else {
        try await accounts.disable(member.id, by: .admin)
      }
      let after = try await note("disable or enable \(member.name)", since: begin)
      #expect(after.members[member.name.text]?.mayChat == isOut)
    case 17:
      _ = try await accounts.projections.chat.rebuild()
      try await note("rebuild", since: begin)
    case 18, 19:
      // A command beside the daemon.
      let daemon = accounts
      accounts = try stage.open()
      try await issue(to: member, since: begin)
      try await close()
      accounts = daemon
    case 20:
      try await close()
      accounts = try stage.open()
      _ = try await accounts.projections.chat.prepare()
      try await note("start again", since: begin)
    default:
      try await accounts.tidy()
      try await note("tidy", since: begin)
    }
  }

  private mutating func issue(to member: Account, since begin: Int) async throws {
    let device = NewDevice(name: DeviceName(stored: "Phone"), app: .conversations)
    do {
      let issued = try await accounts.addDevice(device, to: member.id, by: .member)
      let after = try await note("issue \(issued.device.id)", since: begin)
      let holder = try #require(after.members[member.name.text])
      for hash in SCRAMHash.allCases {
        // The password that was shown opens what is held.
        let salt = try #require(holder.salts[hash])
        let password = try #require(issued.passwords[.xmpp]).secret
        let derived = try SCRAMVerifier.derive(
          password, hash: hash, salt: salt.salt, iterations: salt.iterations)
        #expect(holder.devices[issued.device.id.text]?.verifiers[hash] == derived)
      }
    } catch let error as AccountsError where error == .disabledHere {
      try await note("no device for \(member.name), who is disabled", since: begin)
    }
  }

  @discardableResult
  private mutating func note(_ what: String, since begin: Int) async throws -> Holdings {
    let end = WriteLog.length
    let after = try await Holdings(of: accounts.ledger)
    steps.append(Story.Step(what: what, begin: begin, end: end, after: after))
    return after
  }
}

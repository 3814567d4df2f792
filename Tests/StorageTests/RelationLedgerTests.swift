// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Crypto
import Directory
import Foundation
import Testing

@testable import Storage

@Suite struct RelationLedgerTests {
  private let now = Timestamp(seconds: 1_800_000_000)

  private func withLedger(_ body: (Ledger) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "relations-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(try Ledger(folder: folder))
  }

  private static func digest(_ domain: String) -> String {
    SHA256.hash(data: Data(domain.utf8)).map { String(format: "%02x", $0) }.joined()
  }

  @Test func aServerWhoseNameIsHiddenFromUsStaysShutOut() async throws {
    try await withLedger { ledger in
      func set(_ domains: Set<String>, _ digests: Set<String> = [], hidden: Int = 0, isCut: Bool = false)
        async throws -> Bool
      {
        try await ledger.write { [now] in
          try $0.setSiteBlocks(
            domains, hiddenDigests: digests, hidden: hidden, isCut: isCut, source: "instance", at: now)
        }
      }
      func domains() async throws -> Set<String> {
        Set(try await ledger.read { try $0.siteRelations() }.keys.map(\.description))
      }
      #expect(try await set(["a.example", "b.example"]))
      #expect(try await domains() == ["@.a.example", "@.b.example"])
      // The admin's token is gone, and others see a***.example.
      #expect(try await !set(["b.example"], [Self.digest("a.example")], hidden: 1))
      #expect(try await domains() == ["@.a.example", "@.b.example"])
      #expect(try await !set(["b.example"], hidden: 1), "which one is hidden is not said")
      #expect(try await !set(["b.example"], isCut: true))
      #expect(try await set(["b.example"], [Self.digest("other.example")], hidden: 1))
      #expect(try await domains() == ["@.b.example"])
      let record = try await ledger.read { try $0.siteBlocksRecord() }
      #expect(record == SiteBlocksRecord(askedAt: now, readAt: now, source: "instance", hidden: 1))
    }
  }

  @Test(arguments: [
    ("b.example", true), ("x.b.example", true), ("y.x.b.example", true), ("ab.example", false),
    ("example", false), ("b.example.org", false), ("", false), (".", false),
  ])
  func aServerIsShutOutWithAllBelowIt(_ domain: String, _ isShut: Bool) async throws {
    try await withLedger { ledger in
      try await ledger.write { [now] writer in
        _ = try writer.setSiteBlocks(
          ["b.example"], hiddenDigests: [], hidden: 0, isCut: false, source: "admin", at: now)
      }
      #expect(try await ledger.read { try $0.isShutOut(domain) } == isShut)
    }
  }

  @Test func onlyWhoLetsUsIsAskedAboutRegularlyAndTheLongestWaitingFirst() async throws {
    try await withLedger { ledger in
      let key = SealingKey(random: .system)
      let ids = try await ledger.write { [now] writer in
        try ["a", "b", "c", "d"].map { name in
          let account = try writer.addAccount(
            Account(
              id: 0, identity: AccountIdentity(homeServer: "example.social", id: name),
              name: Name(stored: name),
              displayName: name, standing: name == "d" ? .suspended : .active, standingCheckedAt: now,
              createdAt: now))
          if name != "c" {
            try writer.setToken(
              Secret(name), fingerprint: Fingerprint(of: Secret(name)), of: account.id, key: key,
              random: .system,
              now: now)
          }
          try writer.setKeepsAccess(true, of: account.id)
          return account.id
        }
      }
      func due(_ before: Timestamp, _ limit: Int) async throws -> [Account.ID] {
        try await ledger.read { try $0.relationsToRead(before: before, limit: limit) }
      }
      #expect(
        try await due(now, 9) == [ids[0], ids[1]])
      try await ledger.write { [now] in try $0.noteRelationsAsked(of: ids[0], at: now + -5) }
      #expect(
        try await due(now, 9) == [ids[1], ids[0]])
      #expect(try await due(now, 1) == [ids[1]])
      #expect(
        try await due(now + -5, 9) == [ids[1]])
      try await ledger.write { try $0.setKeepsAccess(false, of: ids[1]) }
      #expect(try await due(now, 9) == [ids[0]])
    }
  }

  @Test func aRegistrationThatWasReplacedIsRememberedForItsTokens() async throws {
    try await withLedger { ledger in
      let key = SealingKey(random: .system)
      for number in 0..<30 {
        try await ledger.write { [now] in
          try $0.setRegistration(
            Secret("registration \(number)"), at: "example.social", redirectURI: "https://chat/callback",
            key: key,
            random: .system, now: now + Int64(number))
        }
      }
      let (current, all) = try await ledger.read { reader in
        (
          try reader.registration(at: "example.social", redirectURI: "https://chat/callback", key: key),
          try reader.registrations(at: "example.social", key: key)
        )
      }
      #expect(current == Secret("registration 29"))
      #expect(all.first == current && all.count == 21)
      #expect(all.contains(Secret("registration 28")) && !all.contains(Secret("registration 1")))
      #expect(try await ledger.read { try $0.registrations(at: "other.social", key: key) }.isEmpty)
    }
  }
}

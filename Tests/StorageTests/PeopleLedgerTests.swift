// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct PeopleLedgerTests {
  private let now = Timestamp(seconds: 1_800_000_000)

  private func withLedger<Value>(_ body: (Ledger, Account) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "people-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let ledger = try Ledger(folder: folder)
    let account = try await ledger.write { [now] writer in
      try writer.addAccount(
        Account(
          id: 0, identity: AccountIdentity(homeServer: "example.social", id: "1"),
          name: Name(stored: "alice"),
          displayName: "Alice", standing: .active, standingCheckedAt: now, createdAt: now))
    }
    return try await body(ledger, account)
  }

  private static func person(
    _ name: String, at domain: String = "example.social", follows: Bool = true, back: Bool = true,
    shown: String? = nil, stated: [StatedAddress] = []
  ) throws -> Person {
    Person(
      id: "id-\(name)-\(domain)", address: try Address("\(name)@\(domain)"), displayName: shown ?? name,
      follows: follows, followsBack: back, stated: stated)
  }

  private static func crowd(_ count: Int) throws -> [Person] {
    try (0..<count).map { number in
      try person(
        "crowd_\(number)", at: "crowd\(number % 97).example", follows: number % 3 != 2, back: number % 3 != 1,
        shown: "Person \(number * 7_919 % 10_007)")
    }
  }

  @Test func peopleComeMutualFirstAndThenByName() async throws {
    try await withLedger { ledger, account in
      let people = try [
        Self.person("zoe", shown: "Zoë"), Self.person("abel", back: false, shown: "Abel"),
        Self.person("dora", follows: false, shown: "Ädora"),
        Self.person("bert", follows: false, shown: "Bert"),
        Self.person("ada", shown: "ada"), Self.person("none", follows: false, back: false),
      ]
      _ = try await ledger.write { try $0.setPeople(people, of: account) }
      let (names, counts) = try await ledger.read { reader in
        (
          try reader.people(of: account.id, PeopleQuery()).people.map(\.displayName),
          try reader.peopleCounts(of: account.id)
        )
      }
      #expect(names == ["ada", "Zoë", "Abel", "Ädora", "Bert"])
      #expect(counts == PeopleCounts(mutual: 2, followedOnly: 1, followersOnly: 2))
    }
  }

  @Test(arguments: PeopleQuery.Ties.allCases, ["", "person 1", "crowd7.example"])
  func pagesShowEverybodyOnce(_ ties: PeopleQuery.Ties, _ search: String) async throws {
    try await withLedger { ledger, account in
      let people = try Self.crowd(500)
      _ = try await ledger.write { try $0.setPeople(people, of: account) }
      let fits = people.filter { person in
        let isTied =
          switch ties {
          case .all: true
          case .mutual: person.isMutual
          case .followed: person.follows
          case .followers: person.followsBack
          }
        let text = "\(person.displayName.lowercased()) \(person.address)"
        return isTied && (search.isEmpty || text.contains(search))
      }
      var seen: [String] = []
      var cursor: PeopleCursor?
      repeat {
        let query = PeopleQuery(ties: ties, search: search, after: cursor, limit: 37)
        let page = try await ledger.read { try $0.people(of: account.id, query) }
        #expect(page.people.count <= 37)
        seen += page.people.map(\.id)
        // As it travels: through a link.
        cursor = page.next.flatMap { PeopleCursor(text: $0.text) }
      } while cursor != nil
      #expect(seen.count == fits.count && Set(seen) == Set(fits.map(\.id)))
    }
  }

  @Test func aReadingReplacesTheOneBefore() async throws {
    try await withLedger { ledger, account in
      let first = try [
        Self.person("bob"), Self.person("carol", back: false), Self.person("dave", follows: false),
      ]
      #expect(try await ledger.write { try $0.setPeople(first, of: account) })
      #expect(try await !ledger.write { try $0.setPeople(first, of: account) }, "nothing is new")
      let second = try [Self.person("bob", shown: "Robert"), Self.person("dave")]
      #expect(
        try await ledger.write { try $0.setPeople(second, of: account) }, "carol is not followed any more")
      let people = try await ledger.read { try $0.people(of: account.id, PeopleQuery()).people }
      #expect(people.map(\.displayName) == ["dave", "Robert"])
      #expect(people.map(\.isMutual) == [true, true])
      let found = try await ledger.read { reader in
        try ["robert", "BOB@ex", "carol"].map {
          try reader.people(of: account.id, PeopleQuery(search: $0)).people.count
        }
      }
      #expect(found == [1, 1, 0])
    }
  }

  @Test func aFailureWithinLeavesWhatWasThere() async throws {
    try await withLedger { ledger, account in
      struct Crash: Error {}
      let (first, second) = try ([Self.person("bob")], [Self.person("carol")])
      _ = try await ledger.write { try $0.setPeople(first, of: account) }
      await #expect(throws: Crash.self) {
        try await ledger.write { writer in
          _ = try writer.setPeople(second, of: account)
          throw Crash()
        }
      }
      #expect(
        try await ledger.read { try $0.people(of: account.id, PeopleQuery()).people.map(\.id) }
          == first.map(\.id))
    }
  }

  @Test func anEqualNameElsewhereIsNotFollowedUntilTheirProfileSaysSo() async throws {
    try await withLedger { ledger, account in
      let people = try [
        Self.person("bob"), Self.person("carol", follows: false),
        Self.person("nils", at: "bridge.example"),
        Self.person(
          "mia", at: "far.example", back: false,
          stated: [
            StatedAddress(service: .xmpp, address: Address("mia@jabber.example")),
            StatedAddress(service: .sip, address: Address("mia@phone.example")),
            // Nobody's profile vouches for a member here.
            StatedAddress(service: .xmpp, address: Address("dave@example.social")),
          ]),
      ]
      _ = try await ledger.write { try $0.setPeople(people, of: account) }
      let followed = try await ledger.read { try $0.followed(by: account) }
      #expect(followed == Set(try [Address("bob@example.social"), Address("mia@jabber.example")]))
      let mia = try await ledger.read { try $0.person(at: Address("mia@far.example"), of: account.id) }
      #expect(mia?.stated == people[3].stated)
    }
  }

  @Test func muteAndBlockAreShownAsTheyAreNow() async throws {
    try await withLedger { ledger, account in
      let people =
        try ["bob", "carol"].map { try Self.person($0) } + [
          Self.person("nils", at: "bad.example"), Self.person("ole", at: "chat.worse.example"),
          Self.person("pia", at: "chat.bad.example"),
        ]
      try await ledger.write { [now] writer in
        _ = try writer.setPeople(people, of: account)
        #expect(try writer.setMutes([Address("carol@example.social")], of: account.id, isCut: false))
        #expect(try !writer.setMutes([Address("carol@example.social")], of: account.id, isCut: false))
        #expect(
          try !writer.setMutes([], of: account.id, isCut: true), "of a list that was cut, none is lifted")
        _ = try writer.replaceBlocks(
          .address, ["bob@example.social"], from: .homeServer, of: account.id, isCut: false, at: now)
        _ = try writer.replaceBlocks(
          .domain, ["bad.example"], from: .homeServer, of: account.id, isCut: false, at: now)
        #expect(
          try writer.setSiteBlocks(
            ["worse.example"], hiddenDigests: [], hidden: 0, isCut: false, source: "admin", at: now))
      }
      let shown = try await ledger.read { try $0.people(of: account.id, PeopleQuery()).people }
      #expect(shown.filter(\.isMuted).map(\.address.local) == ["carol"])
      // A member's block of a domain is for that domain; the admin's is for all below it, too.
      #expect(shown.filter(\.isBlocked).map(\.address.local) == ["bob", "nils", "ole"])
    }
  }

  @Test func blocksOfOneOriginAndKindAreReplacedAndNoOthers() async throws {
    try await withLedger { ledger, account in
      let id = account.id
      try await ledger.write { [now] writer in
        try writer.setBlocks([.address("app@x.example"), .domain("y.example")], from: .app, of: id, at: now)
        let first = try writer.replaceBlocks(
          .address, ["a@x.example", "app@x.example"], from: .homeServer, of: id, isCut: false, at: now)
        let domains = try writer.replaceBlocks(
          .domain, ["z.example"], from: .homeServer, of: id, isCut: false, at: now)
        let again = try writer.replaceBlocks(
          .address, ["a@x.example", "app@x.example"], from: .homeServer, of: id, isCut: false, at: now)
        let cut = try writer.replaceBlocks(
          .address, ["b@x.example"], from: .homeServer, of: id, isCut: true, at: now)
        #expect(first && domains && !again && cut)
        #expect(
          try writer.reader.blocks(of: id).count == 6,
          "of a list that was not read to its end, nothing is lifted")
        _ = try writer.replaceBlocks(.address, [], from: .homeServer, of: id, isCut: false, at: now)
      }
      #expect(try await ledger.read { try $0.blockCount(of: id, from: .homeServer) } == 1)
      let left = try await ledger.read { try $0.blocks(of: id) }
      #expect(
        left == [
          Block(target: .address("app@x.example"), origin: .app),
          Block(target: .domain("y.example"), origin: .app),
          Block(target: .domain("z.example"), origin: .homeServer),
        ])
    }
  }

  @Test func aPageOfThousandsReadsAnIndexAndTakesAsLongAsOfFifty() async throws {
    try await withLedger { ledger, account in
      let plan = try await ledger.pool.read { database in
        try Row.fetchAll(
          database,
          sql: "EXPLAIN QUERY PLAN "
            + LedgerReader.pageOfPeople([
              "account = :account", "(rank, sort_key, home_id) > (:rank, :key, :id)",
            ]),
          arguments: ["account": 1, "rank": 0, "key": "m", "id": "1", "limit": 41]
        ).map { $0["detail"] as String }
      }
      #expect(
        plan.contains {
          $0.contains("people_in_order") && $0.contains("(account=? AND (rank,sort_key,home_id)>(?,?,?))")
        }, "\(plan)")
      #expect(!plan.contains { $0.hasPrefix("SCAN people") }, "\(plan)")

      /// The fastest of many, which other load does not touch; in the middle of the list.
      func time(_ people: [Person], _ search: String = "") async throws -> Duration {
        _ = try await ledger.write { try $0.setPeople(people, of: account) }
        let middle = PeopleCursor(rank: 0, sortKey: "person 5", id: "0")
        let query = PeopleQuery(search: search, after: search.isEmpty ? middle : nil)
        return try await ledger.read { reader in
          try (0..<200).map { _ in
            try ContinuousClock().measure { _ = try reader.people(of: account.id, query) }
          }.min() ?? .zero
        }
      }
      let few = try await time(try Self.crowd(120))
      let many = try await time(try Self.crowd(5_000))
      #expect(many < few * 3 + .milliseconds(1), "\(few) for a page of 120 people, \(many) of 5,000")
      let nobody = try await time(try Self.crowd(5_000), "nobody is called that")
      #expect(nobody < .milliseconds(50), "\(nobody)")
      print("page of people: \(few) of 120, \(many) of 5,000; a search in vain \(nobody)")
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct FindingTests {
  static let now = Timestamp(seconds: 1_800_000_000)
  static let bob = Address(stored: "bob@pond.example")

  static func with(_ body: (Ledger) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "trunkline-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(Ledger(folder: folder))
  }

  @Test func findingsComeBackAsTheyWere() async throws {
    try await Self.with { ledger in
      var domain = Finding<DomainOffer>.new
      domain.hear(.offered, life: 100, at: Self.now)
      var address = Finding<[StatedAddress]>.new
      address.hear(
        [
          StatedAddress(service: .xmpp, address: Address(stored: "bär@chat.example")),
          StatedAddress(service: .sip, address: Address(stored: "bob@phones.example")),
        ], life: 50, at: Self.now)
      var silent = Finding<[StatedAddress]>.new
      silent.hear([], life: 50, at: Self.now)
      var failed = Finding<DomainOffer>.new
      failed.fail(at: Self.now)
      let (stored, empty, vain) = (address, silent, failed)
      let offered = domain
      try await ledger.write { writer in
        try writer.setFinding(offered, ofDomain: "pond.example")
        try writer.setFinding(vain, ofDomain: "lake.example")
        try writer.setFinding(stored, of: Self.bob)
        try writer.setFinding(empty, of: Address(stored: "carol@pond.example"))
      }
      let domains = try await ledger.read {
        try $0.domainFindings(of: ["pond.example", "lake.example", "unknown.example"])
      }
      #expect(domains == ["pond.example": offered, "lake.example": vain])
      let addresses = try await ledger.read {
        try $0.addressFindings(of: [Self.bob, Address(stored: "carol@pond.example"), Address(stored: "x@y")])
      }
      #expect(addresses == [Self.bob: stored, Address(stored: "carol@pond.example"): empty])
      #expect(addresses[Address(stored: "carol@pond.example")]?.answer == [])
    }
  }

  @Test func anAnswerThatIsUnknownIsNone() async throws {
    try await Self.with { ledger in
      try await ledger.write { writer in
        try writer.database.execute(
          sql: "INSERT INTO domain_findings VALUES ('pond.example', 'something new', 1, 0, 9)")
      }
      let found = try await ledger.read { try $0.domainFindings(of: ["pond.example"])["pond.example"] }
      #expect(found?.answer == nil && found?.answeredAt == nil)
    }
  }

  @Test func oldFindingsAndTooManyAreForgotten() async throws {
    try await Self.with { ledger in
      try await ledger.write { writer in
        for number in 0..<10 {
          var finding = Finding<DomainOffer>.new
          finding.hear(.refused, life: Int64(number), at: Self.now)
          try writer.setFinding(finding, ofDomain: "\(number).example")
          var stated = Finding<[StatedAddress]>.new
          stated.hear([], life: Int64(number), at: Self.now)
          try writer.setFinding(stated, of: Address(stored: "a@\(number).example"))
        }
        try writer.pruneFindings(dueBefore: Self.now + 3, keeping: 4)
      }
      let names = (0..<10).map { "\($0).example" }
      let left = try await ledger.read { try $0.domainFindings(of: names).keys.sorted() }
      #expect(left == ["6.example", "7.example", "8.example", "9.example"])
      #expect(try await ledger.read { try $0.findingCount() } == 8)
    }
  }
}

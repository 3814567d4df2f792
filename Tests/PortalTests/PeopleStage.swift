// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import GRDB
import HTTPTypes
import HummingbirdTesting
import Storage

@testable import Accounts
@testable import Portal

extension PageStage {
  /// A member with these contacts, as the mirror has written them down.
  func befriend(_ visitor: Visitor, _ book: ContactBook, _ link: StandInLink? = nil) async throws {
    let now = clock.now()
    let account = try await accounts.account(visitor.account)
    link?.set { $0.books[account.name] = book }
    _ = try await accounts.ledger.write { try $0.setContacts(book, of: visitor.account, at: now) }
  }

  /// What is waiting for the chat server is told to it, and what it then knows is read.
  func settle(_ visitor: Visitor, _ link: StandInLink) async throws {
    try await addApp(visitor)
    while try await accounts.runErrands() {}
    let name = try await accounts.account(visitor.account).name
    let book = try await link.book(of: name)
    let now = clock.now()
    _ = try await accounts.ledger.write { try $0.setContacts(book, of: visitor.account, at: now) }
  }

  /// Whoever has no app yet asks nobody.
  func addApp(_ visitor: Visitor) async throws {
    guard try await accounts.overview(of: visitor.account).devices.isEmpty else { return }
    let app = NewDevice(name: DeviceName(stored: "App"), app: .other)
    _ = try await accounts.addDevice(app, to: visitor.account, by: .member)
  }

  /// How much the chat server still has to be told.
  func waiting() async throws -> Int { try await accounts.ledger.read { try $0.errandsWaiting() } }

  /// Writes down a call that did not ring, as Kamailio does.
  func missCall(to name: String, from caller: String) throws {
    let queue = try DatabaseQueue(path: folder.appending(path: "seen-sip.sqlite").path)
    try queue.write { database in
      try database.execute(
        sql:
          "CREATE TABLE IF NOT EXISTS quiet_calls (name TEXT NOT NULL, caller TEXT NOT NULL, at INTEGER NOT NULL)"
      )
      try database.execute(
        sql: "INSERT INTO quiet_calls VALUES (?, ?, ?)", arguments: [name, caller, clock.now().seconds])
    }
  }
}

extension TestClientProtocol {
  /// The value of a hidden field of a page.
  func hidden(_ name: String, in page: TestResponse) -> String {
    let pattern = try? Regex(#"name="\#(name)" value="([^"]*)""#, as: (Substring, Substring).self)
    return pattern.flatMap { page.text.firstMatch(of: $0) }.map { String($0.output.1) } ?? ""
  }

  /// Sends the form of a preview.
  func send(_ preview: TestResponse, _ visitor: PageStage.Visitor) async throws -> TestResponse {
    try await post(
      "/people/ask", ["addresses": hidden("addresses", in: preview), "once": hidden("once", in: preview)],
      visitor)
  }
}

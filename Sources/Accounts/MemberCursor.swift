// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Storage
import Synchronization

/// All members, one after the other, read in pages.
final class MemberCursor<Member: Sendable>: Sendable {
  private struct Place: Sendable {
    var page: [Account] = []
    var after = ""
    var isDone = false
  }

  private let ledger: Ledger
  private let member: @Sendable (LedgerReader, Account) throws -> Member?
  private let place = Mutex(Place())

  init(ledger: Ledger, member: @escaping @Sendable (LedgerReader, Account) throws -> Member?) {
    self.ledger = ledger
    self.member = member
  }

  func next() throws -> Member? {
    try place.withLock { place in
      while true {
        if let account = place.page.popLast() {
          guard let member = try ledger.readNow({ try self.member($0, account) }) else { continue }
          return member
        }
        guard !place.isDone else { return nil }
        let after = place.after
        let page = try ledger.readNow { try $0.accounts(after: after, limit: 500) }
        guard let last = page.last else {
          place.isDone = true
          return nil
        }
        place.after = last.name.text
        place.page = page.reversed()
      }
    }
  }
}

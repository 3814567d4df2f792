// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import GRDB

extension LedgerReader {
  /// By address.
  public func contacts(of account: Account.ID) throws -> [Contact] {
    try Row.fetchAll(
      database.cachedStatement(sql: "SELECT * FROM contacts WHERE account = ? ORDER BY address"),
      arguments: [account]
    ).map { row in
      Contact(
        address: Address(stored: row["address"]), name: row["name"],
        subscription: Contact.Subscription(rawValue: row["subscription"]) ?? .none, isAsked: row["is_asked"])
    }
  }

  /// Who waits for the member's answer, the latest first.
  public func asking(_ account: Account.ID) throws -> [ContactBook.Asking] {
    try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT address, at FROM contact_questions WHERE account = ? ORDER BY at DESC, address"),
      arguments: [account]
    ).map {
      ContactBook.Asking(address: Address(stored: $0["address"]), at: Timestamp(seconds: $0["at"]))
    }
  }

  /// When the contacts were last read from the chat server; `nil` if never.
  public func contactsRead(of account: Account.ID) throws -> Timestamp? {
    try Int64.fetchOne(
      database.cachedStatement(sql: "SELECT read_at FROM contact_books WHERE account = ?"),
      arguments: [account]
    ).map(Timestamp.init(seconds:))
  }

  /// Who was chosen to see when the member is online.
  public func chosen(by account: Account.ID) throws -> Set<Address> {
    Set(
      try String.fetchAll(
        database.cachedStatement(sql: "SELECT address FROM chosen WHERE account = ?"), arguments: [account]
      ).map(Address.init(stored:)))
  }
}

extension LedgerWriter {
  /// Makes the copy say what the chat server said. Who is not a contact any more is not chosen any more either.
  ///
  /// - Returns: whether anything in it has changed.
  public func setContacts(_ book: ContactBook, of account: Account.ID, at now: Timestamp) throws -> Bool {
    let old = Set(try reader.contacts(of: account))
    let new = Set(book.contacts)
    let gone = Set(old.map(\.address)).subtracting(new.map(\.address))
    for address in gone {
      for table in ["contacts", "chosen"] {
        try database.cachedStatement(sql: "DELETE FROM \(table) WHERE account = ? AND address = ?").execute(
          arguments: [account, address.description])
      }
    }
    let put = try database.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO contacts (account, address, name, subscription, is_asked) VALUES (?, ?, ?, ?, ?)
        """)
    for contact in new.subtracting(old) {
      try put.execute(arguments: [
        account, contact.address.description, contact.name, contact.subscription.rawValue, contact.isAsked,
      ])
    }
    let asked = Set(try reader.asking(account))
    let asking = Set(book.asking)
    if asked != asking {
      try database.cachedStatement(sql: "DELETE FROM contact_questions WHERE account = ?").execute(
        arguments: [account])
      let note = try database.cachedStatement(
        sql: "INSERT OR REPLACE INTO contact_questions (account, address, at) VALUES (?, ?, ?)")
      for question in asking {
        try note.execute(arguments: [account, question.address.description, question.at.seconds])
      }
    }
    try database.cachedStatement(
      sql: "INSERT OR REPLACE INTO contact_books (account, read_at) VALUES (?, ?)"
    ).execute(arguments: [account, now.seconds])
    return old != new || asked != asking
  }

  /// Chooses contacts to see when the member is online, or chooses them no more.
  /// - Returns: whether that is any different from before.
  public func setChosen(_ chosen: Bool, _ address: Address, of account: Account.ID) throws -> Bool {
    let sql =
      chosen
      ? "INSERT OR IGNORE INTO chosen (account, address) VALUES (?, ?)"
      : "DELETE FROM chosen WHERE account = ? AND address = ?"
    try database.cachedStatement(sql: sql).execute(arguments: [account, address.description])
    return database.changesCount > 0
  }

  /// Notes that the member is told of waiting messages, unless that was done since then.
  /// - Returns: whether to tell.
  public func noteRequestsTold(to account: Account.ID, unlessSince then: Timestamp, at now: Timestamp) throws
    -> Bool
  {
    try database.cachedStatement(
      sql: "UPDATE accounts SET requests_told_at = ? WHERE id = ? AND requests_told_at <= ?"
    ).execute(arguments: [now.seconds, account, then.seconds])
    return database.changesCount > 0
  }
}

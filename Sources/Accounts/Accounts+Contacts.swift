// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
public import Directory
import Storage

/// What a member's contact page shows.
public struct ContactsOverview: Sendable, Equatable {
  public struct Entry: Sendable, Equatable {
    public let contact: Contact
    /// Whether the member chose them to see when they are online.
    public let isChosen: Bool
    /// What the chat server still has to be told about them.
    public let waiting: ContactAct?
  }

  /// By address.
  public let entries: [Entry]
  /// Who is not in the list yet, since the chat server has not been told.
  public let coming: [Address]
  /// Who waits for the member's answer.
  public let asking: [ContactBook.Asking]
  /// When the list was last read from the chat server; `nil` if never.
  public let readAt: Timestamp?
  public let link: ChatLinkState
}

/// How far the chat server has been told of acts that were asked for at once.
public struct BatchProgress: Sendable, Equatable {
  public let batch: String
  public let total: Int
  public let done: Int
  public let failed: [Address]
  public var waiting: Int { total - done - failed.count }
}

extension Accounts {
  /// As many can be added at once.
  public static var mostAtOnce: Int { 2_000 }

  public func contacts(of id: Account.ID) async throws -> ContactsOverview {
    let state = await link?.state() ?? .lost(cause: "This program has no link to the chat server.")
    return try await ledger.read { reader in
      _ = try requireAccount(id, reader)
      let chosen = try reader.chosen(by: id)
      let contacts = try reader.contacts(of: id)
      let waiting = Dictionary(
        try reader.errandsWaiting(of: id).map { ($0.address, $0.act) },
        uniquingKeysWith: { _, latest in latest })
      let known = Set(contacts.map(\.address))
      return ContactsOverview(
        entries: contacts.map {
          .init(contact: $0, isChosen: chosen.contains($0.address), waiting: waiting[$0.address])
        },
        coming: waiting.filter { $0.value == .ask && !known.contains($0.key) }.map(\.key).sorted(),
        asking: try reader.asking(id).filter { waiting[$0.address] == nil },
        readAt: try reader.contactsRead(of: id), link: state)
    }
  }

  /// Asks these people to be contacts. Each gets a request that they accept, decline or leave; nobody is made anybody's
  /// contact unasked. Who is one already, or was asked, is left out.
  ///
  /// - Returns: what was begun; it goes on by itself, also after a restart.
  /// - Throws: ``AccountsError`` `badChoice`, `serviceOff`.
  public func add(
    _ addresses: [Address], of id: Account.ID, by author: Author
  ) async throws -> BatchProgress {
    let now = clock()
    let batch = random.base32(16)
    try await ledger.write { [rules] writer in
      let account = try requireAccount(id, writer.reader)
      if let refusal = AccountsError.refusal(of: account) { throw refusal }
      guard account.services.contains(.xmpp) else { throw AccountsError.serviceOff(.xmpp) }
      let preview = try Self.preview(addresses, of: account, rules: rules, writer.reader)
      let wanted = preview.filter { $0.outcome == .willAsk }.map(\.address)
      guard !wanted.isEmpty else {
        throw AccountsError(
          .badChoice, cause: "None of these can be added.",
          remedy: "Choose people who are not on your contact list yet and whom you have not blocked.")
      }
      for address in wanted { try writer.addErrand(.ask, address, of: id, batch: batch, at: now) }
      try writer.record(
        AuditEntry(
          at: now, actor: author.rawValue, action: "contacts.asked", account: account.handle.description,
          detail: "\(wanted.count)"))
    }
    return try await progress(of: batch, account: id)
  }

  /// Takes back all that was begun at once: questions that were not sent are never sent, those that were not answered are
  /// withdrawn, and who has accepted is taken off the list.
  public func undo(batch: String, of id: Account.ID, by author: Author) async throws {
    let now = clock()
    try await ledger.write { writer in
      let account = try requireAccount(id, writer.reader)
      let errands = try writer.reader.errands(of: id, batch: batch)
      guard !errands.isEmpty else { throw AccountsError.noSuchContact }
      for errand in errands where errand.act == .ask {
        if errand.state == .waiting, errand.tries == 0 {
          try writer.removeErrand(errand.id)
        } else {
          try writer.addErrand(.remove, errand.address, of: id, batch: "undo \(batch)", at: now)
        }
      }
      try writer.record(
        AuditEntry(
          at: now, actor: author.rawValue, action: "contacts.undone", account: account.handle.description,
          detail: "\(errands.count)"))
    }
  }

  /// Takes somebody off the list, and back what was asked.
  public func removeContact(_ address: Address, of id: Account.ID, by author: Author) async throws {
    try await begin(.remove, address, of: id, by: author) { reader in
      try reader.contacts(of: id).contains { $0.address == address }
        || reader.asked(by: id).contains(address)
        || reader.errandsWaiting(of: id).contains { $0.address == address && $0.act == .ask }
    }
  }

  /// Answers somebody who has asked.
  public func answer(
    asking address: Address, accept: Bool, of id: Account.ID, by author: Author
  ) async throws {
    try await begin(accept ? .accept : .decline, address, of: id, by: author) { reader in
      try reader.asking(id).contains { $0.address == address }
    }
  }

  /// How far acts have got; those that were begun long ago are forgotten.
  /// - Throws: ``AccountsError`` `noSuchContact` if there are none of that name.
  public func progress(of batch: String, account id: Account.ID) async throws -> BatchProgress {
    let errands = try await ledger.read { try $0.errands(of: id, batch: batch) }
    guard !errands.isEmpty else { throw AccountsError.noSuchContact }
    return BatchProgress(
      batch: batch, total: errands.count, done: errands.filter { $0.state == .done }.count,
      failed: errands.filter { $0.state == .failed }.map(\.address))
  }

  private func begin(
    _ act: ContactAct, _ address: Address, of id: Account.ID, by author: Author,
    if condition: @Sendable @escaping (LedgerReader) throws -> Bool
  ) async throws {
    let now = clock()
    let batch = random.base32(16)
    try await ledger.write { writer in
      let account = try requireAccount(id, writer.reader)
      if let refusal = AccountsError.refusal(of: account) { throw refusal }
      guard try condition(writer.reader) else { throw AccountsError.noSuchContact }
      try writer.addErrand(act, address, of: id, batch: batch, at: now)
      try writer.record(
        AuditEntry(
          at: now, actor: author.rawValue, action: "contact.\(act.rawValue)",
          account: account.handle.description))
    }
  }
}

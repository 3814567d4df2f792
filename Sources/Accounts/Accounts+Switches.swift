// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
public import Directory
import Engines
import Storage

extension Accounts {
  /// Switches a service on or off for a member. Off means: nobody is there under this address; the devices and
  /// their passwords stay and work again once it is on.
  @discardableResult
  public func setService(
    _ service: Service, on: Bool, of id: Account.ID, by author: Author
  ) async throws -> Enforcement {
    let now = clock()
    let (_, enforcement) = try await commit { writer in
      var account = try requireAccount(id, writer.reader)
      if on, let refusal = AccountsError.refusal(of: account) { throw refusal }
      guard account.services.contains(service) != on else { return }
      if on, !rules.services.contains(service) { throw AccountsError.notOffered(service) }
      if on { account.services.insert(service) } else { account.services.remove(service) }
      try writer.update(account)
      if service == .xmpp, on { try scramParameters(of: id, writer) }
      // The page that asks before says so.
      if service == .sip, !on { try forgetCalls(of: id, writer) }
      try writer.post(account.name, at: now)
      try writer.record(
        AuditEntry(
          at: now, actor: author.rawValue, action: on ? "service.on" : "service.off",
          account: account.handle.description, detail: service.rawValue))
    }
    return enforcement
  }

  /// The admin's switch: out of everything of ours, whatever the home server says, until enabled again.
  @discardableResult
  public func disable(_ id: Account.ID, by author: Author) async throws -> Enforcement {
    try await setDisabled(true, id, by: author)
  }

  /// Takes the admin's switch back. Passwords work as before, unless the home server keeps the member out.
  @discardableResult
  public func enable(_ id: Account.ID, by author: Author) async throws -> Enforcement {
    try await setDisabled(false, id, by: author)
  }

  private func setDisabled(_ disabled: Bool, _ id: Account.ID, by author: Author) async throws -> Enforcement
  {
    let now = clock()
    let (_, enforcement) = try await commit { writer in
      var account = try requireAccount(id, writer.reader)
      guard account.deletedAt == nil else { throw AccountsError.beingDeleted }
      guard (account.disabledAt != nil) != disabled else { return }
      account.disabledAt = disabled ? now : nil
      try writer.update(account)
      if disabled { try writer.removeSignIns(of: id, at: now) }
      try writer.post(account.name, at: now)
      try writer.record(
        AuditEntry(
          at: now, actor: author.rawValue, action: disabled ? "account.disabled" : "account.enabled",
          account: account.handle.description))
    }
    return enforcement
  }

  /// Deletes the account with all devices, and has the engines wipe what they keep of it. Its name stays taken
  /// until they have.
  @discardableResult
  public func delete(_ id: Account.ID, by author: Author) async throws -> Enforcement {
    let now = clock()
    let purge = random.base32(16)
    let (_, enforcement) = try await commit { writer in
      var account = try requireAccount(id, writer.reader)
      guard account.deletedAt == nil else { return }
      account.deletedAt = now
      account.services = []
      try writer.update(account)
      for device in try writer.reader.devices(of: id) { try writer.revokeDevice(device.id, at: now) }
      try writer.removeSignIns(of: id, at: now)
      try writer.forgetPeople(of: id)
      try forgetCalls(of: id, writer)
      try writer.clearHistory(with: id)
      try retireToken(of: account, writer)
      try writer.addPurge(Purge(id: purge, name: account.name, account: id), at: now)
      try writer.post(account.name, at: now)
      try writer.record(
        AuditEntry(
          at: now, actor: author.rawValue, action: "account.deleted", account: account.handle.description))
    }
    return enforcement
  }

  private func forgetCalls(of id: Account.ID, _ writer: LedgerWriter) throws {
    try writer.clearHistory(of: id)
    try writer.removeMissedCallErrands(of: id)
  }

  /// Finishes deletions that the engines have done their part of.
  func finishPurges() async throws {
    let purges = try await ledger.read { try $0.purges() }
    guard !purges.isEmpty else { return }
    let done = try await observations.chat.purged(purges.map(\.id))
    let now = clock()
    for purge in purges where done.contains(purge.id) {
      _ = try await commit { writer in
        guard let account = try writer.reader.account(purge.account) else { return }
        try writer.removeAccount(account)
        try writer.post(purge.name, at: now)
        try writer.record(
          AuditEntry(
            at: now, actor: Author.trunkline.rawValue, action: "account.purged",
            account: account.handle.description))
      }
    }
  }
}

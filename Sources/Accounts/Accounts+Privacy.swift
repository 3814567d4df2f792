// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import Storage

extension Accounts {
  /// Sets who sees when the member is online, and who may start a chat or call.
  ///
  /// In force when this returns, as far as the engines answered: who may see no more is told that the member is offline.
  /// - Throws: ``AccountsError``.
  @discardableResult
  public func setPrivacy(
    _ privacy: Privacy, of id: Account.ID, by author: Author
  ) async throws -> Enforcement {
    let now = clock()
    let (_, enforcement) = try await commit { writer in
      var account = try requireAccount(id, writer.reader)
      guard account.privacy != privacy else { return }
      account.privacy = privacy
      try writer.update(account)
      try writer.post(account.name, at: now)
      try writer.record(
        AuditEntry(
          at: now, actor: author.rawValue, action: "privacy.set", account: account.handle.description,
          detail: "presence \(privacy.presence), chat \(privacy.chatReach), calls \(privacy.callReach)"))
    }
    return enforcement
  }

  /// Says who may see when the member is online under the presence policy `chosen`: these contacts and no others.
  /// - Throws: ``AccountsError`` `noSuchContact` for whoever is no contact.
  @discardableResult
  public func setChosen(
    _ addresses: Set<Address>, of id: Account.ID, by author: Author
  ) async throws -> Enforcement {
    let now = clock()
    let (_, enforcement) = try await commit { writer in
      let account = try requireAccount(id, writer.reader)
      let contacts = Set(try writer.reader.contacts(of: id).map(\.address))
      guard addresses.isSubset(of: contacts) else { throw AccountsError.noSuchContact }
      var hasChanged = false
      for address in contacts {
        let changed = try writer.setChosen(addresses.contains(address), address, of: id)
        hasChanged = hasChanged || changed
      }
      guard hasChanged else { return }
      try writer.post(account.name, at: now)
      // How many, not whom: the audit trail is for admins.
      try writer.record(
        AuditEntry(
          at: now, actor: author.rawValue, action: "presence.chosen", account: account.handle.description,
          detail: "\(addresses.count)"))
    }
    return enforcement
  }

  /// What others learn of the member at this moment, as the engines apply it and not as the settings say.
  public func sightNow(of id: Account.ID) async throws -> SightNow {
    let account = try await self.account(id)
    let devices = try await overview(of: id).devices
    var sight: Sight?
    if account.mayUse(.xmpp) { sight = try? await link?.whatIsSeen(of: account.name) }
    return SightNow(
      sight: sight, isKnown: sight != nil || !account.mayUse(.xmpp), privacy: account.privacy,
      ringing: devices.filter { $0.sights[.sip]?.isOnline == true }.count)
  }
}

/// “What others see of me right now.”
public struct SightNow: Sendable, Equatable {
  /// What the chat server shows; `nil` if it could not be asked, or chat is off.
  public let sight: Sight?
  /// Not if the chat server could not be asked.
  public let isKnown: Bool
  public let privacy: Privacy
  /// How many devices would ring.
  public let ringing: Int
}

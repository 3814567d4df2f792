// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import HomeServer
import Storage

extension Accounts {
  /// Takes a member in whom the home server has just vouched for. What becomes of the token that proved it is up to `then`.
  ///
  /// The identity is the home server's id of the account. A name is never handed on: it stays with the id that
  /// had it first until that account was deleted here and the engines have wiped what they kept.
  func admit(
    _ home: HomeAccount, expected: Account.ID?,
    then: @Sendable @escaping (LedgerWriter, Account) throws -> Void
  ) async throws -> Account {
    let now = clock()
    let identity = AccountIdentity(homeServer: rules.domain, id: home.id)
    let (account, _) = try await commit { writer in
      let known = try writer.reader.account(identity)
      if let expected, known?.id != expected { throw AccountsError.otherMember }
      var account: Account
      if let known {
        account = known
      } else {
        if let owner = try writer.reader.owner(of: home.name), owner != identity {
          throw AccountsError(
            .nameTaken, cause: "The name “\(home.name)” belonged to somebody else here before.",
            remedy:
              "So that nobody reads what was meant for them, an admin has to delete the old account first: "
              + "trunkline accounts delete \(home.name)")
        }
        account = try writer.addAccount(
          Account(
            id: 0, identity: identity, name: home.name, displayName: home.displayName, standing: .active,
            standingCheckedAt: now, createdAt: now))
        try writer.record(
          AuditEntry(
            at: now, actor: Author.member.rawValue, action: "account.added",
            account: account.handle.description))
      }
      guard account.deletedAt == nil else { throw AccountsError.beingDeleted }
      guard account.disabledAt == nil else { throw AccountsError.disabledHere }
      guard account.name == home.name else {
        throw AccountsError(
          .nameTaken, cause: "This account was called “\(account.name)” when it first came here.",
          remedy: "Addresses do not move along with a new name; an admin can delete the old account here.")
      }
      let wasAdmitted = account.isAdmitted
      account.displayName = home.displayName
      account.standing = home.isSuspended ? .suspended : .active
      account.standingCheckedAt = now
      try writer.update(account)
      if let refusal = AccountsError.refusal(of: account) { throw refusal }
      if !wasAdmitted { try writer.post(account.name, at: now) }
      try then(writer, account)
      return account
    }
    return account
  }
}

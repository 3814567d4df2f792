// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import Storage

extension Accounts {
  /// What somebody is called, as far as it is known here: by the member's people at the home server, or because they use
  /// something of ours themselves, which the reachability of their address says too.
  public func shownName(of address: Address, for id: Account.ID) async throws -> String? {
    try await ledger.read { [rules] reader in
      if let person = try reader.person(at: address, of: id), !person.displayName.isEmpty {
        return person.displayName
      }
      guard let name = address.name(at: rules.domain), let account = try reader.account(named: name),
        rules.services.contains(where: account.mayUse), !account.displayName.isEmpty
      else { return nil }
      return account.displayName
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import GRDB

extension LedgerReader {
  /// Whom the member follows at the home server, as far as their address is known to be theirs.
  public func followed(by account: Account) throws -> Set<Address> { [] }

  /// Whom the member muted there, with notifications.
  public func muted(by account: Account.ID) throws -> Set<Address> { [] }

  /// What the home server's admin has decided for everybody.
  public func siteRelations() throws -> [Peer: Relation] { [:] }
}

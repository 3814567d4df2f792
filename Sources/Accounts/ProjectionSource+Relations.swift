// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Engines
import Storage

/// What the members' decisions say of others, as each engine needs it.
extension LedgerReader {
  /// For Prosody: it knows contacts, and what was blocked in apps, by itself.
  func chatRelations(of account: Account) throws -> [Peer: Relation] {
    var relations: [Peer: Relation] = [:]
    for block in try blocks(of: account.id) where block.origin != .app {
      relations[block.target.peer, default: []].insert(.blocked)
    }
    for address in try chosen(by: account.id) { relations[.address(address), default: []].insert(.chosen) }
    for address in try followed(by: account) { relations[.address(address), default: []].insert(.followed) }
    for address in try muted(by: account.id) { relations[.address(address), default: []].insert(.muted) }
    return relations
  }

  /// Whether the member has blocked this whole server, as apps allow: then nobody calls.
  func blocksEverybodyHere(_ account: Account) throws -> Bool {
    try blocks(of: account.id).contains { $0.target == .domain(account.identity.homeServer) }
  }

  /// For Kamailio: of members here alone, since nobody else calls here.
  func callRelations(of account: Account) throws -> [Name: Relation] {
    var relations: [Name: Relation] = [:]
    func note(_ relation: Relation, _ address: Address) {
      guard let name = address.name(at: account.identity.homeServer) else { return }
      relations[name, default: []].insert(relation)
    }
    for block in try blocks(of: account.id) {
      if case .address(let text) = block.target { note(.blocked, Address(stored: text)) }
    }
    for contact in try contacts(of: account.id) { note(.contact, contact.address) }
    for address in try followed(by: account) { note(.followed, address) }
    for address in try muted(by: account.id) { note(.muted, address) }
    return relations
  }
}

extension Block.Target {
  var peer: Peer {
    switch self {
    case .address(let text): .address(Address(stored: text))
    case .domain(let domain): .domain(domain)
    }
  }
}

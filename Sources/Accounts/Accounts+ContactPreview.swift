// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import Storage

/// What would come of adding somebody, before anything is sent.
public struct ContactPreview: Sendable, Equatable {
  public enum Outcome: String, Sendable, CaseIterable {
    /// They get a request.
    case willAsk
    case isContact
    case wasAsked
    /// The member's own address.
    case isSelf
    /// By the member, here or at the home server, or by its admin.
    case isBlocked
    /// A member here who has not switched chat on or never had a device for it, or nobody.
    case hasNoChat
    /// Not the address of a person.
    case isNoPerson
  }

  /// What they would learn.
  public enum Lesson: String, Sendable, CaseIterable {
    /// The member's address, and that the member has chat.
    case address
    /// When the member is online, once they have accepted.
    case presence
  }

  public let address: Address
  public let outcome: Outcome
  /// Empty unless they would be asked.
  public let lessons: [Lesson]
}

extension Accounts {
  /// Says who would learn what if these people were added. Sends nothing.
  /// - Throws: ``AccountsError`` `badChoice` for none or too many.
  public func preview(adding addresses: [Address], of id: Account.ID) async throws -> [ContactPreview] {
    try await ledger.read { [rules] reader in
      try Self.preview(addresses, of: try requireAccount(id, reader), rules: rules, reader)
    }
  }

  static func preview(
    _ addresses: [Address], of account: Account, rules: Rules, _ reader: LedgerReader
  ) throws -> [ContactPreview] {
    guard (1...mostAtOnce).contains(addresses.count) else {
      throw AccountsError(
        .badChoice, cause: addresses.isEmpty ? "Nobody was chosen." : "Too many were chosen at once.",
        remedy: "Choose between 1 and \(mostAtOnce) people.")
    }
    let contacts = Dictionary(
      uniqueKeysWithValues: try reader.contacts(of: account.id).map { ($0.address, $0) })
    let asked = Set(
      try reader.errandsWaiting(of: account.id).filter { $0.act == .ask }.map(\.address))
    let blocks = try reader.blocks(of: account.id).map(\.target.peer)
    let site = try reader.siteRelations().filter { $0.value.contains(.blocked) }.map(\.key)
    // A contact can be chosen only later: at first nobody new sees anything under “chosen”.
    let lessons: [ContactPreview.Lesson] =
      account.privacy.presence == .contacts ? [.address, .presence] : [.address]
    var seen: Set<Address> = []
    return try addresses.filter { seen.insert($0).inserted }.map { address in
      func outcome() throws -> ContactPreview.Outcome {
        guard address.local != nil else { return .isNoPerson }
        if address == Address(account.handle) { return .isSelf }
        if (blocks + site).contains(where: { $0.covers(address) }) { return .isBlocked }
        if let contact = contacts[address], contact.isAccepted { return .isContact }
        if asked.contains(address) || contacts[address]?.isAsked == true { return .wasAsked }
        if address.domain == rules.domain {
          guard let name = address.name(at: rules.domain), let other = try reader.account(named: name),
            other.mayUse(.xmpp), try !reader.scramParameters(of: other.id).isEmpty
          else { return .hasNoChat }
        }
        return .willAsk
      }
      let result = try outcome()
      return ContactPreview(address: address, outcome: result, lessons: result == .willAsk ? lessons : [])
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

extension XMPPLink {
  /// A member's contacts, as the server holds them (XEP-0356, section 4.3). A name that nobody has has none.
  ///
  /// Items that are no ``Address`` (with a resource, say, which old apps make) are left out.
  /// - Throws: ``LinkError``; `notPrivileged` if the server does not let us see rosters.
  public func roster(of name: Name) async throws(LinkError) -> [Contact] {
    if let privileges = state.privileges, !privileges.roster.mayGet {
      throw .notPrivileged("reading rosters")
    }
    let address = "\(name)@\(settings.domain)"
    let answer = try await ask(.get, Element("query", LinkNamespace.roster), of: address)
    return try Self.contacts(answer)
  }

  static func contacts(_ answer: Element) throws(LinkError) -> [Contact] {
    guard let query = answer.child("query", LinkNamespace.roster) else {
      throw .notUnderstood("“query” is missing")
    }
    var contacts: [Address: Contact] = [:]
    for item in query.children("item", LinkNamespace.roster) {
      // RFC 6121, section 2.1.2.5: without a value it is “none”.
      guard let subscription = Contact.Subscription(rawValue: item["subscription"] ?? "none") else {
        throw .notUnderstood("a “subscription” is none of the four")
      }
      guard let address = try item.address("jid") else { continue }
      contacts[address] = Contact(
        address: address, name: item["name"] ?? "", subscription: subscription,
        isAsked: item["ask"] == "subscribe")
    }
    return contacts.values.sorted { $0.address < $1.address }
  }
}

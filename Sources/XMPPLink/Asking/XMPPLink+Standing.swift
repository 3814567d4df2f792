// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

extension XMPPLink {
  /// Who asks to be the member's contact, and whom the member has blocked in an app.
  ///
  /// What is no ``Address`` is left out.
  public func standing(of name: Name) async throws(LinkError) -> LinkStanding {
    try Self.standing(try await askDomain(.get, "standing", ["name": name.text]))
  }

  static func standing(_ content: Element) throws(LinkError) -> LinkStanding {
    var standing = LinkStanding()
    for element in content.children("asking", LinkNamespace.link) {
      let at = try element.moment("at")
      if let address = try element.address("address") {
        standing.asking.append(ContactBook.Asking(address: address, at: at))
      }
    }
    for element in content.children("blocked", LinkNamespace.link) {
      guard let address = try element.address("address") else { continue }
      standing.blocked.insert(address.local == nil ? .domain(address.domain) : .address("\(address)"))
    }
    return standing
  }

  /// All of a member's contacts at one moment, near enough: a change in between is followed by a hint.
  public func contactBook(of name: Name) async throws(LinkError) -> ContactBook {
    let standing = try await standing(of: name)
    let contacts = try await roster(of: name)
    return ContactBook(contacts: contacts, asking: standing.asking, blocked: standing.blocked)
  }
}

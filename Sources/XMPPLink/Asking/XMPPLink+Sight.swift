// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

extension XMPPLink {
  /// What others see of the member at this moment, as the server applies its rules.
  public func sight(of name: Name) async throws(LinkError) -> Sight {
    try Self.sight(try await askDomain(.get, "sight", ["name": name.text]))
  }

  static func sight(_ content: Element) throws(LinkError) -> Sight {
    var seenBy: Set<Address> = []
    for element in content.children("seen-by", LinkNamespace.link) {
      // To leave somebody out would say that they do not see it.
      guard let address = try element.address("address") else {
        throw .notUnderstood("who sees the member is no address")
      }
      seenBy.insert(address)
    }
    return Sight(online: Int(try content.number("online")), seenBy: seenBy)
  }
}

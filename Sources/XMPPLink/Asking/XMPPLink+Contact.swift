// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

extension XMPPLink {
  /// Does something about a contact, in the member's name. Done twice it changes nothing.
  ///
  /// - Throws: ``LinkError``; `notFound` if nobody here has the name.
  public func contact(_ act: ContactAct, of name: Name, _ address: Address) async throws(LinkError) {
    _ = try await askDomain(
      .set, "contact", ["name": name.text, "address": "\(address)", "do": act.rawValue])
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation

/// A JSON Resource Descriptor (RFC 7033 section 4.4), as far as it is used.
struct JSONResourceDescriptor: Decodable, Sendable {
  struct Link: Decodable, Sendable {
    let href: String?
  }

  let subject: String?
  let aliases: [String]?
  let links: [Link]?

  /// How many aliases and links count, and how many addresses.
  static let mostEntries = 100
  static let mostAddresses = 5

  /// What the descriptor states about the account: the addresses among its aliases and links, whatever their relation.
  static func read(_ body: Data, about account: Address) -> WebFingerAnswer {
    guard let descriptor = try? JSONDecoder().decode(Self.self, from: body) else {
      return .failed(.notUnderstood)
    }
    guard let subject = descriptor.subject, subject.lowercased().hasPrefix("acct:"),
      (try? Address(subject)) == account
    else { return .failed(.otherSubject) }
    let uris =
      (descriptor.aliases ?? []).prefix(mostEntries)
      + (descriptor.links ?? []).prefix(mostEntries).compactMap(\.href)
    var stated: [StatedAddress] = []
    for address in uris.lazy.compactMap(StatedAddress.init(uri:)) where !stated.contains(address) {
      stated.append(address)
      if stated.count == mostAddresses { break }
    }
    return .states(stated)
  }
}

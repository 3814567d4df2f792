// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
public import Foundation

/// Somebody in one of the home server's lists, here or elsewhere.
public struct ListedAccount: Sendable, Equatable {
  /// The home server's id of the account.
  public let id: String
  public let address: Address
  /// Printable, at most 60 characters; the name if there is none.
  public let displayName: String
  public let profileURL: URL?
  public let isBot: Bool
  /// By the home server's moderators.
  public let isSuspended: Bool
  /// What they state in their profile.
  public let stated: [StatedAddress]

  /// `nil` for what cannot be an account with an address.
  init?(_ wire: AccountWire, at home: HomeServerAddress) {
    guard AccountWire.isID(wire.id), wire.acct.utf8.count <= 2_000 else { return nil }
    let parts = wire.acct.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
    guard (1...2).contains(parts.count), !parts[0].isEmpty,
      let domain = parts.count == 1 ? home.domain : Self.asciiDomain(parts[1]),
      let address = try? Address("\(parts[0])@\(domain)"), address.local != nil
    else { return nil }
    id = wire.id
    self.address = address
    displayName = wire.shownName
    profileURL = wire.url.flatMap { text in
      guard text.utf8.count <= 1_000, let url = URL(string: text), Origin(url) != nil else { return nil }
      return url
    }
    isBot = wire.bot ?? false
    isSuspended = wire.suspended ?? false
    stated = isSuspended ? [] : ProfileField.stated(in: wire.fields?.compactMap(\.value) ?? [])
  }

  /// A domain as DNS has it, and addresses with it (`xn--…`); Mastodon shows it in its own script.
  /// - Returns: `nil` for what is no domain.
  static func asciiDomain(_ text: String) -> String? {
    if text.utf8.allSatisfy({ $0 < 128 }) { return text.lowercased() }
    var url = URLComponents()
    url.host = text
    // What IDNA refuses is percent-encoded instead.
    guard let host = url.encodedHost, !host.isEmpty, !host.contains("%") else { return nil }
    return host
  }
}

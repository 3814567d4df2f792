// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// Everything the sandbox remembers, as one value without clock, network or randomness of its own.
struct SandboxWorld: Codable, Sendable {
  /// The version of this layout; a file with a higher one is refused.
  static let currentSchema = 1

  /// What the server says it is, and whose weaknesses it shows.
  enum Software: String, Codable, Sendable, CaseIterable {
    case mastodon, gotosocial, snac
  }

  var schema = SandboxWorld.currentSchema
  var software = Software.mastodon
  var members: [Member] = []
  var follows: [Tie] = []
  var blocks: [Tie] = []
  var mutes: [Tie] = []
  var domainBlocks: [DomainTie] = []
  /// Domains that the whole server has limited.
  var instanceDomainBlocks: [InstanceDomainBlock] = []
  var domainBlocksShown = SandboxSettings.DomainBlocksShown.users
  var limits = SandboxLimits.mastodon
  var apps: [RegisteredApp] = []
  var codes: [AuthorizationCode] = []
  var tokens: [AccessToken] = []
  var sessions: [BrowserSession] = []
  /// What moderators were told. Optional: states that were kept before have none.
  var filed: [FiledReport]?
  var webhook: SandboxWebhook?
  /// How the page is drawn. Optional: states that were kept before have none.
  var look: PageLook?
  /// The last id given to a tie, an app or an account.
  var lastID = 0

  /// A domain that the server itself limits or blocks.
  struct InstanceDomainBlock: Codable, Sendable, Equatable {
    let domain: String
    let severity: String
    let comment: String
    /// Orders the admins' list; those that were there from the beginning come last.
    var id: Int?
    /// Whether only moderators see the name.
    var obfuscate: Bool?

    /// As Mastodon shows it to others: letters in the middle become asterisks.
    var publicDomain: String {
      guard obfuscate == true else { return domain }
      let visible = domain.count / 4
      return String(
        domain.enumerated().map { index, letter in
          letter == "." || index < visible || index >= domain.count - visible ? letter : "*"
        })
    }
  }

  /// The account with this id.
  func member(id: String) -> Member? { members.first { $0.id == id } }

  /// The local member with this name; case does not matter.
  func member(named name: String) -> Member? {
    let folded = name.lowercased()
    return members.first { $0.isLocal && $0.name.lowercased() == folded }
  }

  /// The account that `acct` means: `name`, `name@domain`, with or without a leading `@`.
  func member(acct: String, localDomains: [String]) -> Member? {
    let bare = acct.trimmingCharacters(in: .whitespaces)
    let parts = (bare.hasPrefix("@") ? String(bare.dropFirst()) : bare)
      .split(separator: "@", omittingEmptySubsequences: false).map { $0.lowercased() }
    switch parts.count {
    case 1: return member(named: parts[0])
    case 2 where localDomains.contains(parts[1]): return member(named: parts[0])
    case 2: return members.first { $0.name.lowercased() == parts[0] && $0.domain == parts[1] }
    default: return nil
    }
  }

  /// The app with this client id.
  func app(clientID: String) -> RegisteredApp? { apps.first { $0.clientID == clientID } }

  /// The web app: its id is what set-up pins.
  var webApp: RegisteredApp? { apps.first { $0.isWebApp } }

  /// The next id, with gaps: nothing may count on them being dense.
  mutating func nextID() -> Int {
    lastID += 7
    return lastID
  }

  /// Changes one member in place. Does nothing when there is none.
  mutating func update(_ id: String, _ change: (inout Member) -> Void) {
    guard let index = members.firstIndex(where: { $0.id == id }) else { return }
    change(&members[index])
  }
}

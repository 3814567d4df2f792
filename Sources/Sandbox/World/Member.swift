// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// One account as Mastodon knows it: a local member with a login, or somebody from another server.
struct Member: Codable, Sendable, Equatable {
  /// What a member may do besides using the server.
  enum Role: String, Codable, Sendable {
    case user, admin
  }

  /// The account id: never used again, also when the name gets another owner.
  let id: String
  var name: String
  /// Nil for local members.
  var domain: String?
  var displayName: String
  var bio: String
  var email: String
  var address: String
  var createdAt: Date
  /// The hue of the drawn avatar, 0 to 359.
  var hue: Int
  var role: Role = .user
  var password: String
  /// Base32 secret of the second factor, if there is one.
  var totpSecret: String?
  /// The last time step of an accepted code: a code works once.
  var totpStep: Int?

  var confirmed = true
  var approved = true
  /// Mastodon calls it "disabled", its admin page "frozen".
  var frozen = false
  /// By an admin, or by the member's own deletion.
  var suspended = false
  /// The member deleted the account: suspended for good, the name stays taken.
  var deleted = false
  /// The deletion has run to its end: there is no login and no token any more.
  var purged = false
  var silenced = false
  /// The account elsewhere that the member has moved to. Optional, as what follows: states that were kept before have none.
  var movedTo: String?
  /// The role asks for a second factor, and the member has none.
  var owesSecondFactor: Bool?
  /// The language that the member has chosen; English without.
  var language: String?
  /// What stands in the profile's table.
  var fields: [ProfileLine]?
  var bot: Bool?
  var locked = false
  var hidesFollows = false
  /// Newer accounts are known to other servers by their id (`/ap/users/…`) and not by name.
  var numericActor = false

  var isLocal: Bool { domain == nil }

  /// The handle as the API writes it: without a domain for local members.
  var acct: String { domain.map { "\(name)@\($0)" } ?? name }

  /// Mastodon's `functional?`: may use the login.
  var isFunctional: Bool {
    confirmed && approved && !frozen && !suspended && !purged && movedTo == nil && owesSecondFactor != true
  }

  /// Whether the public profile exists: Mastodon hides pending, unconfirmed and purged local accounts.
  var isShownById: Bool { !isLocal || (approved && confirmed && !purged) }
}

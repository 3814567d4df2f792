// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// One member follows, blocks or mutes another. The id orders pages and is nobody's account id.
struct Tie: Codable, Sendable, Equatable {
  let id: Int
  let from: String
  let to: String
  /// Of a mute: whether notifications are muted, too. Nil stands for yes.
  var notifications: Bool?
}

/// One line of the table in a profile.
struct ProfileLine: Codable, Sendable, Equatable {
  let name: String
  let value: String
}

/// One member hides a whole domain.
struct DomainTie: Codable, Sendable, Equatable {
  let id: Int
  let from: String
  let domain: String
}

/// A registered client.
struct RegisteredApp: Codable, Sendable, Equatable {
  let id: String
  let clientID: String
  let secret: String
  let name: String
  let website: String?
  let redirectURIs: [String]
  let scopes: [String]
  /// Mastodon's own web app: it alone is never asked for consent.
  var isWebApp = false
  /// The member who signed in last: only software that mixes members up looks at it.
  var lastMember: String?
}

/// One authorization code.
struct AuthorizationCode: Codable, Sendable, Equatable {
  let value: String
  let app: String
  let member: String
  let redirectURI: String
  let scopes: [String]
  let challenge: String?
  let createdAt: Date
  var used = false

  /// How long a code works, in seconds.
  static let lifetime: TimeInterval = 600
}

/// One access token. It never expires; an app's own token has no member.
struct AccessToken: Codable, Sendable, Equatable {
  let value: String
  let app: String
  let member: String?
  let scopes: [String]
  let createdAt: Date
  var revoked = false
}

/// One browser: signed in or on its way.
struct BrowserSession: Codable, Sendable, Equatable {
  let value: String
  let formToken: String
  let createdAt: Date
  var member: String?
  /// Has given the password and owes the second factor.
  var awaitingSecondFactor: String?
  /// Where to go after the sign-in; a path of this server.
  var returnTo: String?
  /// The token of the web page, made at sign-in and destroyed at sign-out.
  var webToken: String?
}

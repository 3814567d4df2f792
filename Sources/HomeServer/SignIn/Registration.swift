// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Foundation

/// Our app at the home server. Kept by the caller, encrypted, and used for years: servers limit how often an
/// app may register (Mastodon: 5 in 10 minutes from one address), and members see it in the list of their
/// apps.
public struct Registration: Sendable, Equatable {
  /// The home server that it belongs to; it is never sent to another.
  public let home: URL
  public let clientID: String
  public let clientSecret: Secret
  public let redirectURI: String
  public let scopes: Scopes
  /// When it ends; `nil`, the usual case, for never.
  public let expiresAt: Date?

  public init(
    home: URL, clientID: String, clientSecret: Secret, redirectURI: String, scopes: Scopes,
    expiresAt: Date? = nil
  ) {
    self.home = home
    self.clientID = clientID
    self.clientSecret = clientSecret
    self.redirectURI = redirectURI
    self.scopes = scopes
    self.expiresAt = expiresAt
  }

  /// Whether it can serve for this; if not, register anew. That the home server still knows it is seen only
  /// when it is used: an error `registrationInvalid` then means to register anew, too.
  public func fits(_ wanted: AppDescription, at address: HomeServerAddress, now: Date) -> Bool {
    home == address.baseURL && redirectURI == wanted.redirectURI && scopes.covers(wanted.scopes)
      && (expiresAt.map { $0 > now } ?? true)
  }
}

/// Encoding shows the secret: encode it only to encrypt the result.
extension Registration: Codable {
  private enum Key: String, CodingKey { case home, clientID, clientSecret, redirectURI, scopes, expiresAt }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    home = try container.decode(URL.self, forKey: .home)
    clientID = try container.decode(String.self, forKey: .clientID)
    clientSecret = Secret(try container.decode(String.self, forKey: .clientSecret))
    redirectURI = try container.decode(String.self, forKey: .redirectURI)
    scopes = try container.decode(Scopes.self, forKey: .scopes)
    expiresAt = try container.decodeIfPresent(Date.self, forKey: .expiresAt)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(home, forKey: .home)
    try container.encode(clientID, forKey: .clientID)
    try container.encode(clientSecret.reveal(), forKey: .clientSecret)
    try container.encode(redirectURI, forKey: .redirectURI)
    try container.encode(scopes, forKey: .scopes)
    try container.encodeIfPresent(expiresAt, forKey: .expiresAt)
  }
}

/// What the home server is told of our app when it registers.
public struct AppDescription: Sendable, Equatable {
  /// What members read when they are asked to allow it.
  public let name: String
  public let website: URL?
  /// Where the browser comes back to, to the letter.
  public let redirectURI: String
  /// All that will ever be asked for; each sign-in asks for less.
  public let scopes: Scopes

  public init(name: String, website: URL?, redirectURI: String, scopes: Scopes) {
    self.name = name
    self.website = website
    self.redirectURI = redirectURI
    self.scopes = scopes
  }
}

/// The answer to `POST /api/v1/apps`.
struct RegisteredApp: Decodable {
  let clientId: String
  let clientSecret: String
  let clientSecretExpiresAt: Double?
}

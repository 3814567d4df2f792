// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials

/// A member's permission to ask the home server in the member's name.
///
/// Mastodon's tokens do not expire, and a later sign-in can return **the same one**: keep one an account, not
/// one a sign-in.
public struct AccessToken: Sendable, Equatable {
  public let secret: Secret
  /// What the member allowed, by the server's word.
  public let scopes: Scopes

  public init(_ secret: Secret, scopes: Scopes) {
    self.secret = secret
    self.scopes = scopes
  }
}

/// Encoding shows the token: encode it only to encrypt the result.
extension AccessToken: Codable {
  private enum Key: String, CodingKey { case token, scopes }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    secret = Secret(try container.decode(String.self, forKey: .token))
    scopes = try container.decode(Scopes.self, forKey: .scopes)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(secret.reveal(), forKey: .token)
    try container.encode(scopes, forKey: .scopes)
  }
}

/// The answer of the token endpoint (RFC 6749, section 5.1).
struct TokenAnswer: Decodable {
  let accessToken: String
  let tokenType: String
  let scope: String?
}

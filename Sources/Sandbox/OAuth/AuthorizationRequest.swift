// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// A checked authorization request: what the consent page asks about and what the code will remember.
struct AuthorizationRequest: Sendable {
  let app: RegisteredApp
  let redirectURI: String
  let scopes: [String]
  let state: String?
  let challenge: String?

  /// Checks a request in the order in which Mastodon does.
  /// - Throws: ``OAuthFault``, the first one found.
  init(_ fields: Fields, world: SandboxWorld) throws {
    guard let clientID = fields.filled("client_id") else { throw OAuthFault.missing("client_id") }
    guard let app = world.app(clientID: clientID) else { throw OAuthFault.invalidClient }
    guard let redirectURI = fields.filled("redirect_uri") else { throw OAuthFault.missing("redirect_uri") }
    guard OAuthRules.redirect(redirectURI, matches: app.redirectURIs) else {
      throw OAuthFault.invalidRedirect
    }
    guard let responseType = fields.filled("response_type") else {
      throw OAuthFault.missing("response_type")
    }
    guard responseType == "code" else { throw OAuthFault.unsupportedResponse }
    let scopes = fields.filled("scope").map(OAuthRules.split) ?? OAuthRules.defaultScopes
    guard !scopes.isEmpty, Set(scopes).isSubset(of: app.scopes) else { throw OAuthFault.invalidScope }
    let challenge = fields.filled("code_challenge")
    if challenge != nil, world.software == .mastodon {
      guard fields["code_challenge_method"] == "S256" else { throw OAuthFault.challengeMethod }
    }
    self.app = app
    self.redirectURI = redirectURI
    self.scopes = scopes
    state = fields.filled("state")
    self.challenge = challenge
  }

  /// The redirect address with an answer in its query.
  static func address(_ redirectURI: String, adding answer: [(String, String?)]) -> String {
    let query = answer.compactMap { name, value in value.map { "\(name)=\(Fields.encode($0))" } }
      .joined(separator: "&")
    return redirectURI + (redirectURI.contains("?") ? "&" : "?") + query
  }
}

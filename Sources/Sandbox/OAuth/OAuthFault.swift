// SPDX-License-Identifier: AGPL-3.0-or-later

/// An OAuth error as Mastodon's OAuth server words it (RFC 6749, sections 4.1.2.1 and 5.2).
struct OAuthFault: Error, Sendable, Equatable {
  let status: Int
  let error: String
  let text: String

  var json: JSON { ["error": .string(error), "error_description": .string(text)] }

  /// The headers that come with it.
  var headers: [(String, String)] {
    [
      ("Cache-Control", "no-store, no-cache"),
      ("WWW-Authenticate", Self.challenge(error: error, description: text)),
    ]
  }

  /// What stands in `WWW-Authenticate` (RFC 6750, section 3).
  static func challenge(error: String, description: String) -> String {
    "Bearer realm=\"Doorkeeper\", error=\"\(error)\", error_description=\"\(description)\""
  }

  /// Whether a browser may be sent back with it: never when the client or its address is in doubt.
  var isRedirectable: Bool { error != "invalid_client" && error != "invalid_redirect_uri" }

  static let accessDenied = OAuthFault(
    status: 400, error: "access_denied",
    text: "The resource owner or authorization server denied the request.")
  static let invalidClient = OAuthFault(
    status: 401, error: "invalid_client",
    text: "Client authentication failed due to unknown client, no client authentication included, "
      + "or unsupported authentication method.")
  static let invalidGrant = OAuthFault(
    status: 400, error: "invalid_grant",
    text: "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI "
      + "used in the authorization request, or was issued to another client.")
  static let invalidRedirect = OAuthFault(
    status: 400, error: "invalid_redirect_uri", text: "The redirect uri included is not valid.")
  static let invalidScope = OAuthFault(
    status: 400, error: "invalid_scope", text: "The requested scope is invalid, unknown, or malformed.")
  static let challengeMethod = OAuthFault(
    status: 400, error: "invalid_code_challenge_method", text: "The code challenge method must be S256.")
  static let unsupportedGrant = OAuthFault(
    status: 400, error: "unsupported_grant_type",
    text: "The authorization grant type is not supported by the authorization server.")
  static let unsupportedResponse = OAuthFault(
    status: 400, error: "unsupported_response_type",
    text: "The authorization server does not support this response type.")
  static let notYourToken = OAuthFault(
    status: 403, error: "unauthorized_client", text: "You are not authorized to revoke this token")

  /// A parameter that is not there.
  static func missing(_ name: String) -> OAuthFault {
    OAuthFault(status: 400, error: "invalid_request", text: "Missing required parameter: \(name).")
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// An answer that is not what was asked for, in Mastodon's words.
struct Refusal: Error, Sendable, Equatable {
  let status: Int
  /// Nil answers with no body at all.
  let body: JSON?
  var headers: [String: String] = [:]

  /// An API error in Mastodon's shape.
  init(_ status: Int, _ text: String) {
    self.status = status
    body = ["error": .string(text)]
  }

  private init(status: Int, body: JSON?, headers: [String: String] = [:]) {
    self.status = status
    self.body = body
    self.headers = headers
  }

  static let disabled = Refusal(403, "Your login is currently disabled")
  static let unconfirmed = Refusal(403, "Your login is missing a confirmed e-mail address")
  static let pending = Refusal(403, "Your login is currently pending approval")
  static let userNeeded = Refusal(422, "This method requires an authenticated user")
  static let notAllowed = Refusal(403, "This action is not allowed")
  static let notFound = Refusal(404, "Record not found")
  static let tooMany = Refusal(429, "Too many requests")
  static let unknownToken = bearer(401, "The access token is invalid", error: "invalid_token")
  static let revokedToken = bearer(401, "The access token was revoked", error: "invalid_token")

  /// The token has none of these scopes. Only the header names them.
  static func outside(_ scopes: [String]) -> Refusal {
    bearer(
      403, "This action is outside the authorized scopes", error: "insufficient_scope",
      // Quotes become underscores: that is what Mastodon's OAuth server does to what a header may not hold.
      description: "Access to this resource requires scope _\(scopes.joined(separator: " "))_.")
  }

  /// In the member's language, as Mastodon is going to word what it says about logins.
  func worded(in language: String) -> Refusal {
    guard language == "de", case .string(let text)? = body?["error"], let german = Self.german[text] else {
      return self
    }
    return Refusal(status: status, body: ["error": .string(german)], headers: headers)
  }

  private static let german = [
    "Your login is currently disabled": "Dein Zugang ist derzeit deaktiviert",
    "Your login is missing a confirmed e-mail address": "Deinem Zugang fehlt eine bestätigte E-Mail-Adresse",
    "Your login is currently pending approval": "Dein Zugang wartet derzeit auf Freigabe",
  ]

  /// Nothing but a status.
  static func empty(_ status: Int) -> Refusal { Refusal(status: status, body: nil) }

  /// A fault in a request to the control API.
  static func control(_ text: String) -> Refusal { Refusal(422, text) }

  private static func bearer(
    _ status: Int, _ text: String, error: String, description: String? = nil
  ) -> Refusal {
    Refusal(
      status: status, body: ["error": .string(text)],
      headers: ["WWW-Authenticate": OAuthFault.challenge(error: error, description: description ?? text)])
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Foundation

/// One member on the way to the home server and back. The caller ties it to the browser (cookie) and forgets
/// it when the browser comes back, however that ends: an attempt serves once.
public struct SignInAttempt: Sendable, Equatable {
  /// Comes back with the browser; whoever cannot show it did not start here (RFC 6749, section 10.12).
  public let state: Secret
  public let proofKey: ProofKey
  public let redirectURI: String
  public let scopes: Scopes
  /// What an answer's `iss` must be; `nil` where the server has no metadata.
  public let issuer: String?
  /// Whether an answer without `iss` is refused (RFC 9207, section 2.4).
  public let issuerIsPromised: Bool
  /// Whether the home server must ask the member even if it remembers an answer (`force_login`).
  ///
  /// Mastodon then shows its consent page again; it does **not** ask for the password of a browser that is
  /// still signed in there. So it proves that whoever holds that browser agreed just now, and not more.
  public let isForced: Bool

  /// - Parameter random: the source of state and verifier, 32 bytes each.
  /// - Parameter isForced: for steps that need a fresh consent; see ``isForced``.
  public init(
    registration: Registration, discovery: Discovery, scopes: Scopes, isForced: Bool = false,
    random: RandomBytes = .system
  ) throws(HomeServerError) {
    guard registration.scopes.covers(scopes) else {
      throw HomeServerError(
        .badRequest, cause: "The app is not registered for what this sign-in asks for.",
        remedy: "Register it anew with these scopes.")
    }
    state = Secret(random(32).base64URL)
    proofKey = try ProofKey(random: random(32))
    redirectURI = registration.redirectURI
    self.scopes = scopes
    issuer = discovery.issuer
    issuerIsPromised = discovery.capabilities.contains(.issuerInAnswers)
    self.isForced = isForced
  }

  /// Where to send the browser.
  public func authorizationURL(_ registration: Registration, _ discovery: Discovery) -> URL {
    var query = [
      ("response_type", "code"), ("client_id", registration.clientID), ("redirect_uri", redirectURI),
      ("scope", scopes.description), ("state", state.reveal()), ("code_challenge", proofKey.challenge),
      ("code_challenge_method", "S256"),
    ]
    if isForced { query.append(("force_login", "true")) }
    let encoded = query.map { "\($0.0)=\(FormField.encode($0.1))" }.joined(separator: "&")
    let base = discovery.endpoints.authorization.absoluteString
    return URL(string: base + (base.contains("?") ? "&" : "?") + encoded) ?? discovery.endpoints.authorization
  }
}

/// Encoding shows state and verifier: encode it only to encrypt the result.
extension SignInAttempt: Codable {
  private enum Key: String, CodingKey {
    case state, verifier, redirectURI, scopes, issuer, issuerIsPromised, isForced
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    state = Secret(try container.decode(String.self, forKey: .state))
    proofKey = ProofKey(stored: Secret(try container.decode(String.self, forKey: .verifier)))
    redirectURI = try container.decode(String.self, forKey: .redirectURI)
    scopes = try container.decode(Scopes.self, forKey: .scopes)
    issuer = try container.decodeIfPresent(String.self, forKey: .issuer)
    issuerIsPromised = try container.decode(Bool.self, forKey: .issuerIsPromised)
    isForced = try container.decode(Bool.self, forKey: .isForced)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(state.reveal(), forKey: .state)
    try container.encode(proofKey.verifier.reveal(), forKey: .verifier)
    try container.encode(redirectURI, forKey: .redirectURI)
    try container.encode(scopes, forKey: .scopes)
    try container.encodeIfPresent(issuer, forKey: .issuer)
    try container.encode(issuerIsPromised, forKey: .issuerIsPromised)
    try container.encode(isForced, forKey: .isForced)
  }
}

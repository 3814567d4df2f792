// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation

/// What the home server said of itself. Worth keeping for some hours; ask again after an upgrade or an odd
/// answer.
public struct Discovery: Sendable, Equatable, Codable {
  public let software: Software
  public let endpoints: Endpoints
  /// The name it gives to itself in OAuth (RFC 8414, RFC 9207); `nil` without metadata.
  public let issuer: String?
  /// The scopes it lists; `nil` without metadata.
  public let scopes: Scopes?
  public let capabilities: Set<Capability>

  /// Where OAuth is spoken. All of one origin with the home server's URL.
  public struct Endpoints: Sendable, Equatable, Codable {
    public let authorization: URL
    public let token: URL
    public let registration: URL
    public let revocation: URL?
    public let userinfo: URL?
  }
}

/// RFC 8414, as far as it is used.
struct OAuthMetadata: Decodable {
  let issuer: String
  let authorizationEndpoint: String
  let tokenEndpoint: String
  let revocationEndpoint: String?
  let userinfoEndpoint: String?
  let appRegistrationEndpoint: String?
  let scopesSupported: [String]?
  let grantTypesSupported: [String]?
  let responseTypesSupported: [String]?
  let codeChallengeMethodsSupported: [String]?
  let authorizationResponseIssParameterSupported: Bool?
}

extension Discovery {
  /// From metadata. Everything in it must lie within the home server, or a server that was broken into, or
  /// another one, could have codes and secrets sent to it (mix-up).
  init(software: Software, metadata: OAuthMetadata, origin: Origin) throws(HomeServerError) {
    guard let issuer = URL(string: metadata.issuer), Origin(issuer) == origin,
      ["", "/"].contains(issuer.path), issuer.query == nil, issuer.fragment == nil
    else {
      throw Self.mixedUp("names another server as its issuer")
    }
    guard let authorization = origin.accept(metadata.authorizationEndpoint),
      let token = origin.accept(metadata.tokenEndpoint)
    else { throw Self.mixedUp("puts its sign-in on another server") }
    func optional(_ text: String?) throws(HomeServerError) -> URL? {
      guard let text else { return nil }
      guard let url = origin.accept(text) else {
        throw Self.mixedUp("puts a part of its sign-in on another server")
      }
      return url
    }
    if let grants = metadata.grantTypesSupported, !grants.contains("authorization_code") {
      throw HomeServerError(
        .notUnderstood, cause: "The home server does not offer to sign in with a code.",
        remedy: "Tell us its software and version.")
    }
    endpoints = Endpoints(
      authorization: authorization, token: token,
      registration: try optional(metadata.appRegistrationEndpoint) ?? origin.url("/api/v1/apps"),
      revocation: try optional(metadata.revocationEndpoint),
      userinfo: try optional(metadata.userinfoEndpoint))
    self.software = software
    self.issuer = metadata.issuer
    scopes = metadata.scopesSupported.map { Scopes($0.prefix(200)) }
    var found = Capability.known(of: software)
    found.insert(.metadata)
    found.set(.userinfo, endpoints.userinfo != nil && scopes?.names.contains("profile") == true)
    found.set(.revocation, endpoints.revocation != nil)
    found.set(.proofKeys, metadata.codeChallengeMethodsSupported?.contains("S256") == true)
    found.set(.issuerInAnswers, metadata.authorizationResponseIssParameterSupported == true)
    capabilities = found
  }

  /// Without metadata: the paths that all servers with Mastodon's API share.
  init(software: Software, origin: Origin) {
    self.software = software
    issuer = nil
    scopes = nil
    capabilities = Capability.known(of: software)
    endpoints = Endpoints(
      authorization: origin.url("/oauth/authorize"), token: origin.url("/oauth/token"),
      registration: origin.url("/api/v1/apps"), revocation: origin.url("/oauth/revoke"), userinfo: nil)
  }

  private static func mixedUp(_ what: String) -> HomeServerError {
    HomeServerError(
      .mixedUp, cause: "The home server's description of its sign-in \(what).",
      remedy:
        "Configure the address that it gives for itself; if that is right, its administrator must mend it.")
  }
}

extension Set<Capability> {
  fileprivate mutating func set(_ capability: Capability, _ present: Bool) {
    if present { insert(capability) } else { remove(capability) }
  }
}

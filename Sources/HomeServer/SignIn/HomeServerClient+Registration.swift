// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation

extension HomeServerClient {
  /// Registers our app. Once for a home server: keep the result. Mastodon takes 5 in 10 minutes from one
  /// address, so do not call this again because of an error that does not say `registrationInvalid`.
  /// - Throws: `rateLimited`, `wrongScope` if the server does not know a scope, `refused`, or an outage.
  public func register(
    _ app: AppDescription, _ discovery: Discovery
  ) async throws(HomeServerError) -> Registration {
    guard let redirect = URL(string: app.redirectURI), Origin(redirect) != nil, redirect.fragment == nil
    else {
      throw HomeServerError(
        .badRequest, cause: "The redirect URI is not a web address.", remedy: "Check the portal's URL.")
    }
    var form = [
      FormField("client_name", app.name), FormField("redirect_uris", app.redirectURI),
      FormField("scopes", app.scopes.description),
    ]
    if let website = app.website { form.append(FormField("website", website.absoluteString)) }
    let answer = try await ask(
      RegisteredApp.self,
      .post("registration", discovery.endpoints.registration, form: form, allowance: .registration))
    guard !answer.clientId.isEmpty, !answer.clientSecret.isEmpty, answer.clientId.utf8.count <= 500 else {
      throw HomeServerError(
        .notUnderstood, cause: "The home server registered the app without giving it an id.",
        remedy: "Tell us its software and version.")
    }
    let expiry = answer.clientSecretExpiresAt.flatMap { $0 > 0 ? Date(timeIntervalSince1970: $0) : nil }
    return Registration(
      home: address.baseURL, clientID: answer.clientId, clientSecret: Secret(answer.clientSecret),
      redirectURI: app.redirectURI, scopes: app.scopes, expiresAt: expiry)
  }

  /// Asks whether the home server still knows our app, with a token that stands for the app alone (RFC 6749, section
  /// 4.4). Servers forget apps: Mastodon those that nobody has used for a day, unless they hold a token. The member's
  /// browser would then end at an error page there, and nobody would tell us.
  /// - Throws: `registrationInvalid` if it does not, or an outage; `refused` where the server has no such tokens.
  public func confirm(_ registration: Registration, _ discovery: Discovery) async throws(HomeServerError) {
    _ = try await askReply(
      .post(
        "app token", discovery.endpoints.token,
        form: [
          FormField("grant_type", "client_credentials"), FormField("client_id", registration.clientID),
          FormField("client_secret", registration.clientSecret),
          FormField("scope", registration.scopes.description),
        ]))
  }
}

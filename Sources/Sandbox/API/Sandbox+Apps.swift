// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes

extension Sandbox {
  /// Registering clients and asking whose client a token belongs to.
  func addAppRoutes(_ routes: RouteTable) {
    routes.on(.post, "/api/v1/apps", .api) { [state, entropy] exchange in
      let name = exchange.fields.filled("client_name") ?? ""
      let website = exchange.fields.filled("website")
      let addresses = exchange.fields.all("redirect_uris").flatMap {
        $0.split(whereSeparator: \.isWhitespace).map(String.init)
      }
      let scopes = exchange.fields["scopes"].map(OAuthRules.split) ?? OAuthRules.defaultScopes
      let faults = Self.registrationFaults(
        name: name, website: website, redirectURIs: addresses, scopes: scopes)
      guard faults.isEmpty else {
        throw Refusal(422, "Validation failed: " + faults.joined(separator: ", "))
      }
      let app = try await state.change {
        $0.register(
          name: name, website: website, redirectURIs: addresses,
          scopes: scopes.isEmpty ? OAuthRules.defaultScopes : scopes, entropy: entropy)
      }
      return .json(
        Self.json(app).merged(with: [
          "client_id": .string(app.clientID), "client_secret": .string(app.secret),
          "client_secret_expires_at": 0,
        ]))
    }
    routes.on(.get, "/api/v1/apps/verify_credentials", .api) { exchange in
      let token = try exchange.authorize()
      guard let app = exchange.world.apps.first(where: { $0.id == token.app }) else { throw Refusal.notFound }
      return .json(Self.json(app))
    }
  }

  private static func json(_ app: RegisteredApp) -> JSON {
    [
      "id": .string(app.id), "name": .string(app.name), "website": JSON(app.website),
      "scopes": .array(app.scopes.map(JSON.string)),
      "redirect_uris": .array(app.redirectURIs.map(JSON.string)),
      "redirect_uri": .string(app.redirectURIs.joined(separator: "\n")), "vapid_key": "",
    ]
  }

  /// What is wrong with a registration, in Mastodon's words and order.
  private static func registrationFaults(
    name: String, website: String?, redirectURIs: [String], scopes: [String]
  ) -> [String] {
    var faults: [String] = []
    if name.isEmpty { faults.append("Application name can't be blank") }
    if redirectURIs.isEmpty {
      faults.append("Redirect URI can't be blank")
    }
    faults += redirectURIs.compactMap(OAuthRules.fault(ofRedirect:)).map { "Redirect URI \($0)" }
    if !Set(scopes).isSubset(of: OAuthRules.scopes) {
      faults.append("Scopes doesn't match configured on the server.")
    }
    if name.count > 60 { faults.append("Application name is too long (maximum is 60 characters)") }
    if let website {
      let parts = URLComponents(string: website)
      if !["http", "https"].contains(parts?.scheme?.lowercased() ?? "") || parts?.host?.isEmpty ?? true {
        faults.append("Application website is not a valid URL")
      }
      if website.count > 2000 {
        faults.append("Application website is too long (maximum is 2000 characters)")
      }
    }
    if redirectURIs.joined(separator: "\n").count > 2000 {
      faults.append("Redirect URI is too long (maximum is 2000 characters)")
    }
    return faults
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials

extension HomeServerClient {
  /// Whom a token of the home server's own page stands for.
  ///
  /// The account's entry does not say which app a token belongs to, and any app may have one with every scope there is. So
  /// the app is asked for first (Mastodon, `apps/verify_credentials`), and only the web app's own tokens count. The token is
  /// sent with these two questions and is kept nowhere; while the home server's allowance for it is counted, its
  /// fingerprint is remembered.
  ///
  /// - Parameter webApp: the home server's id of its web app.
  /// - Throws: `otherApp`; what ``identity(_:_:)`` throws.
  public func identity(
    ofPage token: Secret, webApp: String, _ discovery: Discovery
  ) async throws(HomeServerError) -> HomeAccount {
    let app = try await ask(
      PageApp.self,
      .get(
        "app of a token", origin.url("/api/v1/apps/verify_credentials", query: [("lang", "en")]), token: token
      ))
    // A server that does not tell the id cannot be served this way.
    guard let id = app.id, !webApp.isEmpty, id == webApp else {
      throw HomeServerError(
        .otherApp, cause: "The token does not belong to the home server's own page.",
        remedy: "An admin compares home_server.web_app_id with the id of the home server's web app.")
    }
    return try await identity(AccessToken(token, scopes: Scopes(text: "read")), discovery)
  }
}

/// Mastodon's Application entity, as far as it is used.
private struct PageApp: Decodable {
  let id: String?
}

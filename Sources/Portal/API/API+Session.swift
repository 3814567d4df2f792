// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import Hummingbird

extension API {
  @Sendable func showSession(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let account = session.account
    return try answer(
      APIRecord.Session(
        address: account.handle.description, displayName: account.displayName,
        services: account.services.map(\.apiName).sorted(),
        offered: settings.services.map(\.apiName).sorted(),
        csrfToken: accounts.csrfToken(for: session),
        signInIsRecent: session.isRecent))
  }

  func switchService(_ service: Service, _ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let on = try await JSONBody(visit, fields: ["on"]).bool("on")
    let enforcement = try await accounts.setService(service, on: on, of: session.account.id, by: .member)
    return try answer(APIRecord.Switched(on: on, ended: Nullable(enforcement.ended)))
  }

  /// The browser that asks is signed out as well.
  @Sendable func signOutEverywhere(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    try await accounts.signOutEverywhere(session.account.id, by: .member)
    var response = Response(status: .noContent, headers: [.cacheControl: "no-store"])
    cookies.clearSession(on: &response)
    return response
  }
}

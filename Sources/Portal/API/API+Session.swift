// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import Hummingbird

extension API {
  @Sendable func showSession(_ request: Request, _ context: PortalContext) async throws -> Response {
    let session = try reader(context)
    let account = session.account
    return try answer(
      APIRecord.Session(
        address: account.handle.description, displayName: account.displayName,
        services: account.services.map(\.apiName).sorted(), csrfToken: accounts.csrfToken(for: session),
        signInIsRecent: session.isRecent))
  }

  @Sendable func switchChat(_ request: Request, _ context: PortalContext) async throws -> Response {
    let session = try writer(request, context)
    let on = try await JSONBody(request, context, fields: ["on"]).bool("on")
    let enforcement = try await accounts.setService(.xmpp, on: on, of: session.account.id, by: .member)
    return try answer(APIRecord.Switched(on: on, ended: Nullable(enforcement.ended)))
  }

  /// The browser that asks is signed out as well.
  @Sendable func signOutEverywhere(_ request: Request, _ context: PortalContext) async throws -> Response {
    let session = try writer(request, context)
    try await accounts.signOutEverywhere(session.account.id, by: .member)
    var response = Response(status: .noContent, headers: [.cacheControl: "no-store"])
    cookies.clearSession(on: &response)
    return response
  }
}

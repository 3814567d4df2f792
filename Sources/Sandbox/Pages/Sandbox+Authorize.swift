// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird

extension Sandbox {
  /// The person's side of OAuth: sign-in, consent, and back to the app.
  func addAuthorizeRoutes(_ routes: RouteTable) {
    routes.on(.get, "/oauth/authorize", .plain) { exchange in try await authorizePage(exchange) }
    routes.on(.post, "/oauth/authorize", .plain) { exchange in
      try await decide(exchange, denied: exchange.fields["_method"] == "delete")
    }
    routes.on(.delete, "/oauth/authorize", .plain) { exchange in try await decide(exchange, denied: true) }
    routes.on(.get, "/oauth/authorize/native", .plain) { exchange in
      guard signedIn(exchange) != nil else { return .found("\(base)/auth/sign_in") }
      return page(
        .notice,
        [
          "title": "Authorization code", "text": "Copy this code and paste it to the application.",
          "code": exchange.fields["code"] ?? "",
        ])
    }
  }

  private func authorizePage(_ exchange: Exchange) async throws -> Response {
    guard let member = signedIn(exchange),
      let session = exchange.world.session(exchange.cookie(Self.cookieName))
    else {
      let (session, _) = try await browser(exchange)
      let uri = exchange.request.uri
      let target = uri.path + (uri.query.map { "?\($0)" } ?? "")
      try await state.change { $0.updateSession(session.value) { $0.returnTo = target } }
      return remember(session, in: .found("\(base)/auth/sign_in"))
    }
    if let refused = refuseDysfunctional(member) { return refused }
    let request: AuthorizationRequest
    do { request = try AuthorizationRequest(exchange.fields, world: exchange.world) } catch let fault
      as OAuthFault
    {
      return faultPage(fault)
    }
    // Who agreed to the same scopes before is not asked again. `force_login` asks again for consent, and for
    // nothing else: Mastodon does not ask for the password.
    let known = exchange.world.reusableToken(app: request.app.id, member: member.id, scopes: request.scopes)
    if request.app.isWebApp || (known != nil && !exchange.fields.isTrue("force_login")) {
      return try await grantAndReturn(request, to: member, now: exchange.now)
    }
    return consentPage(request, member: member, session: session, fields: exchange.fields)
  }

  private func decide(_ exchange: Exchange, denied: Bool) async throws -> Response {
    guard let session = try? checkForm(exchange) else { return formRefusedPage() }
    guard let member = session.member.flatMap(exchange.world.member(id:)) else {
      return .found("\(base)/auth/sign_in")
    }
    if let refused = refuseDysfunctional(member) { return refused }
    do {
      let request = try AuthorizationRequest(exchange.fields, world: exchange.world)
      if denied { return goBack(request.redirectURI, with: .accessDenied, state: request.state) }
      return try await grantAndReturn(request, to: member, now: exchange.now)
    } catch let fault as OAuthFault {
      // After the consent form an app is told of a fault, unless the app itself or its address is in doubt.
      guard fault.isRedirectable, let clientID = exchange.fields.filled("client_id"),
        let app = exchange.world.app(clientID: clientID),
        let address = exchange.fields.filled("redirect_uri"), address != OAuthRules.outOfBand,
        OAuthRules.redirect(address, matches: app.redirectURIs)
      else { return faultPage(fault) }
      return goBack(address, with: fault, state: exchange.fields.filled("state"))
    }
  }

  /// Where a member is sent whose login does not work; nil when it does.
  func refuseDysfunctional(_ member: Member) -> Response? {
    if member.isFunctional { return nil }
    return .found(base + (member.confirmed && member.approved ? "/auth/edit" : "/auth/setup"))
  }

  private func grantAndReturn(
    _ request: AuthorizationRequest, to member: Member, now: Date
  ) async throws -> Response {
    let code = try await state.change { [entropy] in
      $0.grant(request, to: member.id, entropy: entropy, now: now)
    }
    if request.redirectURI == OAuthRules.outOfBand {
      return .found("\(base)/oauth/authorize/native?code=\(Fields.encode(code.value))")
    }
    return .found(
      AuthorizationRequest.address(
        request.redirectURI, adding: [("code", code.value), ("state", request.state)]))
  }

  private func goBack(_ address: String, with fault: OAuthFault, state: String?) -> Response {
    if address == OAuthRules.outOfBand { return faultPage(fault) }
    return .found(
      AuthorizationRequest.address(
        address,
        adding: [("error", fault.error), ("error_description", fault.text), ("state", state)]))
  }

  private func faultPage(_ fault: OAuthFault) -> Response {
    page(.notice, ["title": "An error has occurred", "text": fault.text], status: fault.status)
  }

  private func consentPage(
    _ request: AuthorizationRequest, member: Member, session: BrowserSession, fields: Fields
  ) -> Response {
    let names = [
      "client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge",
      "code_challenge_method",
    ]
    return page(
      .consent,
      [
        "app": request.app.name, "website": request.app.website ?? "", "name": member.name,
        "shown": member.displayName, "avatar": avatarURL(member), "form": session.formToken,
        "scopes": request.scopes.map { ["scope": $0, "text": Self.meaning(ofScope: $0)] as [String: Any] },
        "fields": names.compactMap { name in
          fields[name].map { ["name": name, "value": $0] as [String: Any] }
        },
      ])
  }

  /// What a scope allows, for people.
  private static func meaning(ofScope scope: String) -> String {
    let known = [
      "profile": "See your name and picture", "follow": "Change whom you follow, mute and block",
      "push": "Send you notifications", "read": "See everything in your account",
      "write": "Change everything in your account", "read:accounts": "See your profile",
      "read:follows": "See whom you follow", "read:blocks": "See whom you block",
      "read:mutes": "See whom you mute",
    ]
    if let text = known[scope] { return text }
    let parts = scope.split(separator: ":").map(String.init)
    switch parts.first {
    case "admin": return "Use your rights as an administrator"
    case "write": return "Change your \(parts.last ?? scope)"
    default: return "See your \(parts.last ?? scope)"
    }
  }
}

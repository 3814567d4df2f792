// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import Directory
import Foundation
import HTTPTypes
import Hummingbird

/// Signing in and out: the way to the home server and back.
struct SignInPages: Sendable {
  let accounts: Accounts
  let pages: PageRenderer
  let cookies: SessionCookie
  let writes: WriteGuard

  func add(to router: Router<PortalContext>) {
    router.get("/", use: start)
    router.post("/sign-in", use: begin)
    router.get("/sign-in/callback", use: finish)
    router.post("/sign-out", use: signOut)
    router.get("/signed-out", use: signedOut)
    router.get("/sign-out-everywhere", use: askEverywhere)
    router.post("/sign-out-everywhere", use: signOutEverywhere)
  }

  @Sendable private func start(_ request: Request, _ context: PortalContext) async throws -> Response {
    guard let session = context.session else {
      return pages.page("welcome", words: "welcome", session: nil, csrf: "")
    }
    return .redirect(to: session.account.services.contains(.xmpp) ? "/devices" : "/chat/on", type: .normal)
  }

  /// Sends the browser to the home server. Whoever is signed in already proves again who they are.
  @Sendable private func begin(_ request: Request, _ context: PortalContext) async throws -> Response {
    let form = try await Form(request, context)
    var returnTo = "/"
    if form["purpose"] == "add-device" {
      let app = form["app"].flatMap(App.init(rawValue:))
      returnTo = app.map { "/devices/add/name?app=\($0.rawValue)" } ?? "/devices/add"
    }
    let again = context.session == nil ? nil : try writes.session(context, token: form["csrf"]).account.id
    let start = try await accounts.beginSignIn(returnTo: returnTo, again: again)
    var response = Response.redirect(to: start.url.absoluteString, type: .normal)
    cookies.setSignIn(start.browser, on: &response)
    return response
  }

  @Sendable private func finish(_ request: Request, _ context: PortalContext) async throws -> Response {
    let signedIn = try await accounts.finishSignIn(
      query: request.uri.query ?? "", browser: cookies.signIn(in: request),
      agent: request.headers[.userAgent] ?? "", previous: cookies.session(in: request))
    var response = Response.redirect(to: signedIn.returnTo, type: .normal)
    cookies.setSession(signedIn.session, on: &response)
    cookies.clearSignIn(on: &response)
    return response
  }

  @Sendable private func signOut(_ request: Request, _ context: PortalContext) async throws -> Response {
    let form = try await Form(request, context)
    // Who is signed out already has what they want.
    if context.session != nil {
      _ = try writes.session(context, token: form["csrf"])
      if let cookie = cookies.session(in: request) { try await accounts.signOut(cookie) }
    }
    return leave(to: "/signed-out")
  }

  @Sendable private func askEverywhere(_ request: Request, _ context: PortalContext) async throws -> Response
  {
    guard let session = context.session else { throw PortalError(.signedOut) }
    let fill = pages.values(for: session)
    return pages.page(
      "confirm", words: "everywhere",
      [
        "what": pages.words.list("everywhere.what", fill), "action": "/sign-out-everywhere", "option": true,
      ], nav: "settings", back: "/settings", session: session, csrf: accounts.csrfToken(for: session))
  }

  @Sendable private func signOutEverywhere(_ request: Request, _ context: PortalContext) async throws
    -> Response
  {
    let form = try await Form(request, context)
    let session = try writes.session(context, token: form["csrf"])
    guard form["devices"] == "remove" else {
      try await accounts.signOutEverywhere(session.account.id, by: .member)
      return leave(to: "/signed-out?everywhere=yes")
    }
    // Browsers first: that cannot fail halfway.
    try await accounts.signOutEverywhere(session.account.id, by: .member)
    for device in try await accounts.overview(of: session.account.id).devices {
      _ = try await accounts.revokeDevice(device.device.id, of: session.account.id, by: .member)
    }
    return leave(to: "/signed-out?everywhere=devices")
  }

  @Sendable private func signedOut(_ request: Request, _ context: PortalContext) async throws -> Response {
    let word =
      switch request.uri.queryParameters["everywhere"] {
      case "yes"?: "signed_out.everywhere_lead"
      case "devices"?: "signed_out.everywhere_devices_lead"
      default: "signed_out.lead"
      }
    return pages.page(
      "signed-out", words: "signed_out", ["lead": pages.words.text(word)], session: nil, csrf: "")
  }

  private func leave(to path: String) -> Response {
    var response = Response.redirect(to: path, type: .normal)
    cookies.clearSession(on: &response)
    return response
  }
}

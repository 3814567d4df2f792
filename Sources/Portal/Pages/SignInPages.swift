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
  let clock: WallClock

  func add(to routes: Routes) {
    routes.page(.get, "/", .look, use: start)
    routes.page(.post, "/sign-in", .signIn, use: begin)
    routes.page(.get, "/sign-in/callback", .comeBack, use: finish)
    routes.page(.post, "/sign-out", .signOut, use: signOut)
    routes.page(.get, "/signed-out", .look, use: signedOut)
    routes.page(.get, "/sign-out-everywhere", .readOwn, use: askEverywhere)
    routes.page(.post, "/sign-out-everywhere", .changeOwn, use: signOutEverywhere)
  }

  @Sendable private func start(_ visit: Visit) async throws -> Response {
    guard let session = visit.session else {
      return pages.page("welcome", words: "welcome", session: nil)
    }
    return .redirect(to: session.account.services.isEmpty ? "/chat/on" : "/devices", type: .normal)
  }

  /// Sends the browser to the home server. Whoever is signed in already proves again who they are.
  @Sendable private func begin(_ visit: Visit) async throws -> Response {
    let form = visit.form
    var returnTo = "/"
    if form["purpose"] == "add-device" {
      let choice = AppChoice { form[$0] }
      returnTo = choice.isUsable ? "/devices/add/name?\(choice.query)" : "/devices/add"
    } else if form["purpose"] == "people" {
      returnTo = "/people/find"
    } else if form["purpose"] == "privacy" {
      returnTo = "/privacy"
    }
    // Whoever is not signed in has nothing to report.
    let isToReport = form["purpose"] == "report" && visit.session != nil
    if isToReport { returnTo = ReportPages.path(about: form["from"]) }
    let start = try await accounts.beginSignIn(
      returnTo: returnTo, again: visit.session?.account.id, toReport: isToReport)
    var response = Response.redirect(to: start.url.absoluteString, type: .normal)
    cookies.setSignIn(start.browser, on: &response)
    return response
  }

  @Sendable private func finish(_ visit: Visit) async throws -> Response {
    let signedIn = try await accounts.finishSignIn(
      query: visit.request.uri.query ?? "", browser: cookies.signIn(in: visit.request),
      agent: visit.request.headers[.userAgent] ?? "", previous: cookies.session(in: visit.request))
    var response = Response.redirect(to: signedIn.returnTo, type: .normal)
    cookies.setSession(signedIn.session, life: signedIn.expiresAt - clock(), on: &response)
    cookies.clearSignIn(on: &response)
    return response
  }

  @Sendable private func signOut(_ visit: Visit) async throws -> Response {
    // Who is signed out already has what they want.
    if visit.session != nil, let cookie = cookies.session(in: visit.request) {
      try await accounts.signOut(cookie)
    }
    return leave(to: "/signed-out")
  }

  @Sendable private func askEverywhere(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    return pages.page(
      "confirm", words: "everywhere",
      [
        "what": pages.list("everywhere.what", for: session), "action": "/sign-out-everywhere", "option": true,
      ], nav: "settings", back: "/settings", session: session)
  }

  @Sendable private func signOutEverywhere(_ visit: Visit) async throws
    -> Response
  {
    let session = try visit.member()
    guard visit.form["devices"] == "remove" else {
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

  @Sendable private func signedOut(_ visit: Visit) async throws -> Response {
    let word =
      switch visit.query("everywhere") {
      case "yes"?: "signed_out.everywhere_lead"
      case "devices"?: "signed_out.everywhere_devices_lead"
      default: "signed_out.lead"
      }
    return pages.page(
      "signed-out", words: "signed_out", ["lead": pages.words.text(word)], session: nil)
  }

  private func leave(to path: String) -> Response {
    var response = Response.redirect(to: path, type: .normal)
    cookies.clearSession(on: &response)
    return response
  }
}

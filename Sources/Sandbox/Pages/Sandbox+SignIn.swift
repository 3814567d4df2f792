// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird

extension Sandbox {
  static let cookieName = "_mastodon_session"

  /// Signing in and out, and what a member reads whose login does not work.
  func addSignInRoutes(_ routes: RouteTable) {
    routes.on(.get, "/auth/sign_in", .plain) { exchange in
      let (session, isNew) = try await browser(exchange)
      if session.member != nil { return .found("\(base)/") }
      return signInPage(session, isNew: isNew)
    }
    routes.on(.post, "/auth/sign_in", .plain) { exchange in try await signIn(exchange) }
    routes.on(.post, "/auth/sign_out", .plain) { exchange in try await signOut(exchange) }
    routes.on(.delete, "/auth/sign_out", .plain) { exchange in try await signOut(exchange) }
    routes.on(.get, "/auth/edit", .plain) { exchange in
      guard let member = signedIn(exchange) else { return .found("\(base)/auth/sign_in") }
      return standingPage(member, exchange)
    }
    routes.on(.get, "/auth/setup", .plain) { exchange in
      guard let member = signedIn(exchange) else { return .found("\(base)/auth/sign_in") }
      return standingPage(member, exchange)
    }
    addAuthorizeRoutes(routes)
  }

  /// The member this browser is signed in as.
  func signedIn(_ exchange: Exchange) -> Member? {
    exchange.world.session(exchange.cookie(Self.cookieName))?.member.flatMap(exchange.world.member(id:))
  }

  /// This browser's session, a new one where there was none.
  func browser(_ exchange: Exchange) async throws -> (BrowserSession, isNew: Bool) {
    if let session = exchange.world.session(exchange.cookie(Self.cookieName)) { return (session, false) }
    let now = exchange.now
    return (try await state.change { [entropy] in $0.openSession(entropy: entropy, now: now) }, true)
  }

  /// An answer that gives the browser its session.
  func remember(_ session: BrowserSession, in response: Response) -> Response {
    var response = response
    response.setCookie(
      Cookie(
        name: Self.cookieName, value: session.value, path: "/",
        secure: settings.baseURL.scheme == "https", httpOnly: true, sameSite: .lax))
    return response
  }

  /// Refuses a form that did not come from our own page.
  func checkForm(_ exchange: Exchange) throws -> BrowserSession {
    guard let session = exchange.world.session(exchange.cookie(Self.cookieName)),
      exchange.fields["authenticity_token"] == session.formToken
        || exchange.request.headers[.csrf] == session.formToken
    else { throw FormRefused() }
    return session
  }

  /// The form was not ours: an old page, or another site's.
  struct FormRefused: Error {}

  func formRefusedPage() -> Response {
    page(
      .notice,
      [
        "title": "That page was too old",
        "text":
          "Security verification failed. Are you blocking cookies? Go back, reload the page and try again.",
      ], status: 422)
  }

  private func signIn(_ exchange: Exchange) async throws -> Response {
    guard let session = try? checkForm(exchange) else { return formRefusedPage() }
    let now = exchange.now
    let entropy = entropy
    if let code = exchange.fields["user[otp_attempt]"], session.awaitingSecondFactor != nil {
      let (outcome, fresh) = try await state.change {
        $0.signIn(session, code: code, entropy: entropy, now: now)
      }
      guard outcome == .signedIn else {
        return signInPage(session, secondFactor: true, alert: "Invalid two-factor code", status: 422)
      }
      return try await arrive(fresh)
    }
    let login = exchange.fields["user[email]"] ?? ""
    let password = exchange.fields["user[password]"] ?? ""
    let (outcome, fresh) = try await state.change {
      $0.signIn(session, login: login, password: password, entropy: entropy, now: now)
    }
    switch outcome {
    case .refused:
      return signInPage(
        session, login: login, alert: "Invalid e-mail address or password.", status: 422)
    case .needsSecondFactor: return signInPage(session, secondFactor: true)
    case .signedIn: return try await arrive(fresh)
    }
  }

  /// Goes on to where the browser wanted to go.
  private func arrive(_ session: BrowserSession) async throws -> Response {
    let target = session.returnTo ?? "/"
    try await state.change { $0.updateSession(session.value) { $0.returnTo = nil } }
    return remember(session, in: .found(base + target))
  }

  private func signOut(_ exchange: Exchange) async throws -> Response {
    guard let session = try? checkForm(exchange) else {
      // Signing out twice is no mistake.
      return signedIn(exchange) == nil ? .found("\(base)/auth/sign_in") : formRefusedPage()
    }
    try await state.change { $0.signOut(session) }
    return .found("\(base)/auth/sign_in")
  }

  private func signInPage(
    _ session: BrowserSession, isNew: Bool = false, secondFactor: Bool = false, login: String = "",
    alert: String? = nil, status: Int = 200
  ) -> Response {
    var values: [String: Any] = [
      "form": session.formToken, "login": login, "second": secondFactor, "first": !secondFactor,
      "secret": SandboxSettings.trialTOTPSecret,
    ]
    if let alert { values["alert"] = alert }
    if let target = session.returnTo, target.hasPrefix("/oauth/authorize") { values["forApp"] = true }
    return remember(session, in: page(.signIn, values, status: status))
  }

  /// What a member reads whose login does not work; nil when it does.
  func standingPage(_ member: Member, _ exchange: Exchange) -> Response {
    let text: String
    if !member.confirmed {
      text = "Confirm your e-mail address: we sent you a link. Until then you cannot use this account."
    } else if !member.approved {
      text = "Your application is waiting for a moderator. You will get an e-mail when it is approved."
    } else if member.suspended {
      text = "A moderator has suspended your account: it cannot be used, and your profile is hidden."
    } else if member.frozen {
      text = "A moderator has frozen your account: your posts stay, but you cannot use it."
    } else {
      text = "Your account works."
    }
    var values: [String: Any] = ["title": "Your account", "text": text, "signedInAs": member.name]
    if let session = exchange.world.session(exchange.cookie(Self.cookieName)) {
      values["form"] = session.formToken
    }
    return page(.notice, values)
  }
}

extension HTTPField.Name {
  // A valid field name, so the initialiser never answers nil.
  static let csrf = HTTPField.Name("X-CSRF-Token") ?? .server
}

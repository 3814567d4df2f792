// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import Hummingbird

/// Switching chat on and off, and what the member can look up about how it is kept.
struct SettingsPages: Sendable {
  let accounts: Accounts
  let pages: PageRenderer
  let writes: WriteGuard

  func add(to router: Router<PortalContext>) {
    router.get("/settings", use: show)
    router.get("/chat/on", use: askOn)
    router.post("/chat/on", use: switchOn)
    router.get("/chat/off", use: askOff)
    router.post("/chat/off", use: switchOff)
  }

  @Sendable private func show(_ request: Request, _ context: PortalContext) async throws -> Response {
    guard let session = context.session else { return .redirect(to: "/", type: .normal) }
    let kept = { (days: Int) in pages.words.text("settings.kept_days", ["days": String(days)]) }
    return pages.page(
      "settings", words: "settings",
      [
        "chat_on": session.account.services.contains(.xmpp),
        "kept": ["messages": kept(pages.settings.archiveDays), "files": kept(pages.settings.uploadDays)],
      ], nav: "settings",
      flash: request.uri.queryParameters["done"] == "chat-off" ? pages.words.text("common.done_chat_off") : nil,
      session: session, csrf: accounts.csrfToken(for: session))
  }

  @Sendable private func askOn(_ request: Request, _ context: PortalContext) async throws -> Response {
    guard let session = context.session else { return .redirect(to: "/", type: .normal) }
    guard !session.account.services.contains(.xmpp) else { return .redirect(to: "/devices", type: .normal) }
    return pages.page(
      "switch-on", words: "switch_on", nav: "settings", session: session, csrf: accounts.csrfToken(for: session))
  }

  @Sendable private func switchOn(_ request: Request, _ context: PortalContext) async throws -> Response {
    let form = try await Form(request, context)
    let session = try writes.session(context, token: form["csrf"])
    try await accounts.setService(.xmpp, on: true, of: session.account.id, by: .member)
    return .redirect(to: "/devices?done=chat-on", type: .normal)
  }

  @Sendable private func askOff(_ request: Request, _ context: PortalContext) async throws -> Response {
    guard let session = context.session else { return .redirect(to: "/", type: .normal) }
    guard session.account.services.contains(.xmpp) else { return .redirect(to: "/settings", type: .normal) }
    let fill = pages.values(for: session)
    return pages.page(
      "confirm", words: "switch_off",
      ["what": pages.words.list("switch_off.what", fill), "action": "/chat/off", "option": false],
      nav: "settings", back: "/settings", session: session, csrf: accounts.csrfToken(for: session))
  }

  @Sendable private func switchOff(_ request: Request, _ context: PortalContext) async throws -> Response {
    let form = try await Form(request, context)
    let session = try writes.session(context, token: form["csrf"])
    try await accounts.setService(.xmpp, on: false, of: session.account.id, by: .member)
    return .redirect(to: "/settings?done=chat-off", type: .normal)
  }
}

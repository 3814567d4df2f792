// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import Directory
import Foundation
import HTTPTypes
import Hummingbird

/// Adding a device, in three steps: which app, its name, the password.
struct AddDevicePages: Sendable {
  let accounts: Accounts
  let pages: PageRenderer
  let writes: WriteGuard
  let clock: WallClock
  let random: RandomBytes
  let spent: SpentTokens

  private static let lifetimes = [0, 30, 90, 365]

  func add(to router: Router<PortalContext>) {
    router.get("/devices/add", use: chooseApp)
    router.get("/devices/add/name", use: chooseName)
    router.post("/devices/add", use: create)
  }

  @Sendable private func chooseApp(_ request: Request, _ context: PortalContext) async throws -> Response {
    let session = try ready(context)
    return appPage(request.uri.queryParameters["app"].map(String.init), problem: nil, session)
  }

  @Sendable private func chooseName(_ request: Request, _ context: PortalContext) async throws -> Response {
    let session = try ready(context)
    guard let app = request.uri.queryParameters["app"].flatMap({ App(rawValue: String($0)) }) else {
      return appPage(nil, problem: pages.words.text("add.choose_app"), session)
    }
    guard session.isRecent else { return askAgain(app, session) }
    return try await namePage(
      app, name: pages.words.text("add.name_default_\(app.rawValue)"), lifetime: 0, problem: nil, session)
  }

  @Sendable private func create(_ request: Request, _ context: PortalContext) async throws -> Response {
    let form = try await Form(request, context)
    let session = try writes.session(context, token: form["csrf"])
    guard session.account.services.contains(.xmpp) else { throw PortalError(.chatIsOff) }
    guard let app = form["app"].flatMap(App.init(rawValue:)) else {
      return appPage(nil, problem: pages.words.text("add.choose_app"), session)
    }
    guard session.isRecent else { return askAgain(app, session) }
    let typed = form["name"] ?? ""
    let lifetime = Int(form["expires"] ?? "0").flatMap { Self.lifetimes.contains($0) ? $0 : nil }
    guard let lifetime else {
      return try await namePage(
        app, name: typed, lifetime: 0, problem: ("expires", pages.words.text("add.expires_bad")), session)
    }
    guard let name = try? DeviceName(typed) else {
      return try await namePage(
        app, name: typed, lifetime: lifetime, problem: ("name", pages.nameProblem(typed)), session)
    }
    // A form that is sent twice (a second click, going back) must not make a second device.
    guard let once = form["once"], (1...64).contains(once.utf8.count) else { throw PortalError(.badRequest) }
    let token = "\(session.account.id)/\(once)"
    guard await spent.spend(token) else {
      return .redirect(to: "/devices?done=already-added", type: .normal)
    }
    let expiresAt = lifetime == 0 ? nil : clock() + Int64(lifetime) * 86_400
    do {
      let issued = try await accounts.addDevice(
        NewDevice(name: name, app: app, expiresAt: expiresAt), to: session.account.id, by: .member)
      return passwordPage(issued, session)
    } catch {
      // No device came of it, so the same form may be sent again.
      await spent.release(token)
      throw error
    }
  }

  /// - Throws: ``PortalError`` if the member cannot add a device now.
  private func ready(_ context: PortalContext) throws -> Session {
    guard let session = context.session else { throw PortalError(.signedOut) }
    guard session.account.services.contains(.xmpp) else { throw PortalError(.chatIsOff) }
    return session
  }

  private func steps(_ current: Int) -> [[String: Any]] {
    (1...3).map { number in
      [
        "number": number, "label": pages.words.text("add.step\(number)"), "done": number < current,
        "current": number == current,
      ]
    }
  }

  private func appPage(_ chosen: String?, problem: String?, _ session: Session) -> Response {
    let order: [App] = [.conversations, .monal, .gajim, .dino, .other]
    var values: [String: Any] = [
      "steps": steps(1),
      "apps": order.enumerated().map { index, app in
        [
          "id": app.rawValue, "first": index == 0, "chosen": app.rawValue == chosen,
          "name": pages.words.text("common.app_\(app.rawValue)"),
          "on": pages.words.text("add.\(app.rawValue)_on"),
          "line": pages.words.text("add.\(app.rawValue)"),
          "is_phone": app == .conversations || app == .monal, "is_computer": app == .gajim || app == .dino,
          "is_other": app == .other,
        ] as [String: Any]
      },
    ]
    if let problem { values["problem"] = ["field": "app", "text": problem] }
    return pages.page(
      "add-app", words: "add", values, nav: "add", back: "/devices",
      status: problem == nil ? .ok : .unprocessableContent, session: session,
      csrf: accounts.csrfToken(for: session))
  }

  private func namePage(
    _ app: App, name: String, lifetime: Int, problem: (field: String, text: String)?, _ session: Session
  ) async throws -> Response {
    let others = try await accounts.overview(of: session.account.id).devices.filter {
      $0.device.isLive(at: clock())
    }
    guard others.count < pages.settings.deviceLimit else { throw PortalError(.deviceLimit) }
    var values: [String: Any] = [
      "steps": steps(2), "app": app.rawValue, "name": name.printable, "name_limit": DeviceName.longest,
      "once": random.base32(26), "others": !others.isEmpty,
      "lifetimes": Self.lifetimes.map { days in
        [
          "value": days, "chosen": days == lifetime,
          "label": pages.words.text(days == 0 ? "add.expires_never" : "add.expires_\(days)"),
        ] as [String: Any]
      },
    ]
    if let problem {
      values["problem"] = ["field": problem.field, "text": problem.text]
      if problem.field == "name" { values["name_problem"] = problem.text }
    }
    return pages.page(
      "add-name", words: "add", values, nav: "add", back: "/devices/add?app=\(app.rawValue)",
      status: problem == nil ? .ok : .unprocessableContent, session: session,
      csrf: accounts.csrfToken(for: session))
  }

  private func passwordPage(_ issued: IssuedDevice, _ session: Session) -> Response {
    let app = issued.device.apps[.xmpp] ?? .other
    let title = pages.words.text("common.app_\(app.rawValue)")
    let fill = [
      "app": app == .other ? pages.words.text("password.this_app") : title, "name": issued.device.name.text,
    ]
    let password = issued.passwords[.xmpp]?.secret ?? Secret("")
    var values: [String: Any] = [
      "steps": steps(3), "password": password.reveal(),
      "instructions": pages.words.list("password.\(app.rawValue)_steps", fill),
      "connect": ["host": pages.settings.connectHost, "port": pages.settings.connectPort],
    ]
    if app == .conversations, let code = try? QRCode(provisioning: issued.handle, password: password) {
      values["qr"] = ["view_box": code.viewBox, "paper": code.paper, "path": code.path]
    }
    return pages.page(
      "add-password", words: "password", values, fill: fill, nav: "add", session: session,
      csrf: accounts.csrfToken(for: session))
  }

  private func askAgain(_ app: App, _ session: Session) -> Response {
    pages.page(
      "sign-in-again", words: "sign_in_again", ["app": app.rawValue], nav: "add", back: "/devices",
      session: session, csrf: accounts.csrfToken(for: session))
  }
}

/// Forms that were sent already; the last ten thousand of them.
actor SpentTokens {
  private static let limit = 10_000
  private var known: Set<String> = []
  private var order: [String] = []

  /// - Returns: whether it was unspent.
  func spend(_ token: String) -> Bool {
    guard known.insert(token).inserted else { return false }
    order.append(token)
    if order.count > Self.limit {
      for old in order.prefix(Self.limit / 2) { known.remove(old) }
      order.removeFirst(Self.limit / 2)
    }
    return true
  }

  /// What it was spent for did not happen.
  func release(_ token: String) {
    known.remove(token)
    order.removeAll { $0 == token }
  }
}

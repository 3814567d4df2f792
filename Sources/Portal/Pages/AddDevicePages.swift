// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import Directory
import Foundation
import HTTPTypes
import Hummingbird

/// Adding a device, in three steps: which apps, its name, the passwords.
struct AddDevicePages: Sendable {
  let accounts: Accounts
  let pages: PageRenderer
  let clock: WallClock
  let random: RandomBytes
  let spent: SpentTokens

  private static let lifetimes = [0, 30, 90, 365]

  func add(to routes: Routes) {
    routes.page(.get, "/devices/add", .readOwn, use: chooseApp)
    routes.page(.get, "/devices/add/name", .addDevice, instead: askAgain, use: chooseName)
    routes.page(.post, "/devices/add", .addDevice, instead: askAgain, use: create)
  }

  @Sendable private func chooseApp(_ visit: Visit) async throws -> Response {
    let session = try ready(visit)
    let choice = AppChoice { visit.query($0[...]) }
    return appPage(choice, problem: choice.fault.map { _ in "add.choose_app" }, session)
  }

  @Sendable private func chooseName(_ visit: Visit) async throws -> Response {
    let session = try ready(visit)
    let choice = AppChoice { visit.query($0[...]) }
    guard choice.isUsable, let first = choice.inOrder.first else {
      return appPage(choice, problem: "add.choose_app", session)
    }
    try require(choice, of: session)
    return try await namePage(
      choice, name: pages.words.text("add.name_default_\(first.key)"), lifetime: 0, problem: nil, session)
  }

  @Sendable private func create(_ visit: Visit) async throws -> Response {
    let form = visit.form
    let session = try ready(visit)
    let choice = AppChoice { visit.query($0[...]) }
    guard choice.isUsable else { return appPage(choice, problem: "add.choose_app", session) }
    try require(choice, of: session)
    let typed = form["name"] ?? ""
    let lifetime = Int(form["expires"] ?? "0").flatMap { Self.lifetimes.contains($0) ? $0 : nil }
    guard let lifetime else {
      return try await namePage(
        choice, name: typed, lifetime: 0, problem: ("expires", pages.words.text("add.expires_bad")), session)
    }
    guard let name = try? DeviceName(typed) else {
      return try await namePage(
        choice, name: typed, lifetime: lifetime, problem: ("name", pages.nameProblem(typed)), session)
    }
    // A form that is sent twice (a second click, going back) must not make a second device.
    guard let once = form["once"], (1...64).contains(once.utf8.count) else { throw PortalError(.badRequest) }
    let token = "\(session.account.id)/\(once)"
    guard await spent.spend(token) else {
      return .redirect(to: "/devices?done=already-added", type: .normal)
    }
    let expiresAt = lifetime == 0 ? nil : clock() + Int64(lifetime) * 86_400
    let issued: IssuedDevice
    do {
      issued = try await accounts.addDevice(
        NewDevice(name: name, apps: choice.apps, expiresAt: expiresAt), to: session.account.id, by: .member)
    } catch {
      // No device came of it, so the same form may be sent again.
      await spent.release(token)
      throw error
    }
    return await passwordPage(issued, session, visit.context)
  }

  /// - Throws: ``PortalError`` `serviceOff` if there is nothing to add a device for.
  private func ready(_ visit: Visit) throws -> Session {
    let session = try visit.member()
    guard !services(of: session).isEmpty else { throw PortalError(.serviceOff) }
    return session
  }

  private func require(_ choice: AppChoice, of session: Session) throws {
    let on = services(of: session)
    guard choice.apps.keys.allSatisfy(on.contains) else { throw PortalError(.serviceOff) }
  }

  /// What is offered here and switched on.
  private func services(of session: Session) -> [Service] {
    pages.settings.services.filter(session.account.services.contains)
  }

  func steps(_ current: Int) -> [[String: Any]] {
    (1...3).map { number in
      [
        "number": number, "label": pages.words.text("add.step\(number)"), "done": number < current,
        "current": number == current,
      ]
    }
  }

  // MARK: Pages

  private func appPage(_ choice: AppChoice, problem: String?, _ session: Session) -> Response {
    let services = services(of: session)
    let first = choice.fault ?? services.first
    var values: [String: Any] = [
      "steps": steps(1), "single": services.count == 1,
      "groups": services.map { service in
        let name = service.apiName
        var apps = service.apps.enumerated().map { index, app in
          [
            "id": app.rawValue, "first": index == 0, "chosen": choice.apps[service] == app,
            "name": pages.words.text("common.app_\(app.key)"), "on": pages.words.text("add.\(app.key)_on"),
            "line": pages.words.text("add.\(app.key)"), "icon": [app.icon: true],
          ] as [String: Any]
        }
        // Who has one service needs no way to choose none.
        if services.count > 1 {
          apps.append([
            "id": AppChoice.none, "first": false,
            "chosen": !choice.apps.isEmpty && choice.apps[service] == nil,
            "name": pages.words.text("add.none_\(name)"), "line": pages.words.text("add.none_line"),
            "icon": ["none": true],
          ])
        }
        return [
          "field": name, "legend": pages.words.text("add.group_\(name)"), "apps": apps,
          "faulty": problem != nil && service == first,
        ] as [String: Any]
      },
    ]
    if let problem, let first {
      values["problem"] = ["field": first.apiName, "text": pages.words.text(problem)]
    }
    return pages.page(
      "add-app", words: "add", values, nav: "devices", back: "/devices",
      status: problem == nil ? .ok : .unprocessableContent, session: session)
  }

  private func namePage(
    _ choice: AppChoice, name: String, lifetime: Int, problem: (field: String, text: String)?,
    _ session: Session
  ) async throws -> Response {
    let others = try await accounts.overview(of: session.account.id).devices.filter {
      $0.device.isLive(at: clock()) && !$0.device.isBrowser
    }
    guard others.count < pages.settings.deviceLimit else { throw PortalError(.deviceLimit) }
    var values: [String: Any] = [
      "steps": steps(2), "choice": choice.query, "name": name.printable, "name_limit": DeviceName.longest,
      "several": choice.apps.count > 1, "once": random.base32(26), "others": !others.isEmpty,
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
      "add-name", words: "add", values, nav: "devices", back: "/devices/add?\(choice.query)",
      status: problem == nil ? .ok : .unprocessableContent, session: session)
  }

  /// Sends a member whose sign-in is not recent to the home server once more; what was chosen comes back with them.
  @Sendable private func askAgain(
    _ error: PortalError, _ request: Request, _ context: PortalContext
  ) async throws -> Response? {
    guard error.kind == .signInNotRecent, let session = context.session else { return nil }
    let choice = AppChoice { request.uri.queryParameters[$0[...]].map(String.init) }
    return pages.page(
      "sign-in-again", words: "sign_in_again",
      [
        "choices": choice.inOrder.map { ["field": $0.service.apiName, "app": $0.rawValue] }
      ], nav: "devices", back: "/devices", session: session)
  }
}

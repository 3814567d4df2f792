// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Foundation
import HTTPTypes
import Hummingbird

/// The list of devices; renaming and removing one.
struct DevicePages: Sendable {
  let accounts: Accounts
  let pages: PageRenderer
  let writes: WriteGuard
  let clock: WallClock

  func add(to router: Router<PortalContext>) {
    router.get("/devices", use: list)
    router.get("/devices/:id/rename", use: askRename)
    router.post("/devices/:id/rename", use: rename)
    router.get("/devices/:id/remove", use: askRemove)
    router.post("/devices/:id/remove", use: remove)
  }

  @Sendable private func list(_ request: Request, _ context: PortalContext) async throws -> Response {
    guard let session = context.session else { return .redirect(to: "/", type: .normal) }
    let isOn = session.account.services.contains(.xmpp)
    let overview = try await accounts.overview(of: session.account.id)
    // Who switched chat off can still remove a lost device.
    guard isOn || !overview.devices.isEmpty else { return .redirect(to: "/chat/on", type: .normal) }
    let done = request.uri.queryParameters["done"].map { "common.done_\($0.replacing("-", with: "_"))" }
    let live = overview.devices.filter { $0.device.isLive(at: clock()) }.count
    return pages.page(
      "devices", words: "devices",
      [
        "any": !overview.devices.isEmpty, "full": isOn && live >= pages.settings.deviceLimit,
        "can_add": isOn && !overview.devices.isEmpty && live < pages.settings.deviceLimit, "chat_off": !isOn,
        "devices": overview.devices.map { values(of: $0, session) },
      ], nav: "devices", flash: done.flatMap { pages.words.has($0) ? pages.words.text($0) : nil },
      session: session, csrf: accounts.csrfToken(for: session))
  }

  private func values(of overview: DeviceOverview, _ session: Session) -> [String: Any] {
    let device = overview.device
    let isLive = device.isLive(at: clock())
    let isConnected = isLive && overview.isConnected && session.account.mayUse(.xmpp)
    let fill = ["name": device.name.text]
    let app = device.apps[.xmpp] ?? .other
    var values: [String: Any] = [
      "id": device.id.text, "name": device.name.text,
      "app": pages.words.text("common.app_\(app.rawValue)"),
      "connected": isConnected, "expired": !isLive, "idle": isLive && !isConnected,
      "is_phone": app == .conversations || app == .monal,
      "is_computer": app == .gajim || app == .dino, "is_other": app == .other,
      "added": pages.dates.day(device.createdAt),
      "rename_label": pages.words.text("devices.rename_label", fill),
      "remove_label": pages.words.text("devices.remove_label", fill),
    ]
    if let sight = overview.lastSight {
      var used = pages.dates.moment(sight.connectedAt)
      if !sight.address.isEmpty {
        used["from"] = pages.words.text("devices.from", ["address": sight.address])
      }
      values["last_used"] = used
    }
    if let at = device.expiresAt { values["expires"] = pages.dates.day(at) }
    return values
  }

  @Sendable private func askRename(_ request: Request, _ context: PortalContext) async throws -> Response {
    let (session, device) = try await member(context)
    return renamePage(device, name: device.name.text, problem: nil, session)
  }

  @Sendable private func rename(_ request: Request, _ context: PortalContext) async throws -> Response {
    let form = try await Form(request, context)
    let session = try writes.session(context, token: form["csrf"])
    let (_, device) = try await member(context)
    let typed = form["name"] ?? ""
    guard let name = try? DeviceName(typed) else {
      return renamePage(device, name: typed, problem: pages.nameProblem(typed), session)
    }
    try await accounts.renameDevice(device.id, to: name, of: session.account.id, by: .member)
    return .redirect(to: "/devices?done=renamed", type: .normal)
  }

  private func renamePage(_ device: Device, name: String, problem: String?, _ session: Session) -> Response {
    var values: [String: Any] = [
      "device": ["id": device.id.text], "name": name.printable, "name_limit": DeviceName.longest,
    ]
    if let problem {
      values["name_problem"] = problem
      values["problem"] = ["field": "name", "text": problem]
    }
    return pages.page(
      "rename", words: "rename", values, fill: ["name": device.name.text], nav: "devices", back: "/devices",
      status: problem == nil ? .ok : .unprocessableContent, session: session,
      csrf: accounts.csrfToken(for: session))
  }

  @Sendable private func askRemove(_ request: Request, _ context: PortalContext) async throws -> Response {
    let (session, device) = try await member(context)
    let fill = ["name": device.name.text]
    return pages.page(
      "confirm", words: "remove",
      [
        "what": pages.words.list("remove.what", fill), "action": "/devices/\(device.id)/remove",
        "option": false,
      ], fill: fill, nav: "devices", back: "/devices", session: session,
      csrf: accounts.csrfToken(for: session))
  }

  @Sendable private func remove(_ request: Request, _ context: PortalContext) async throws -> Response {
    let form = try await Form(request, context)
    let session = try writes.session(context, token: form["csrf"])
    let (_, device) = try await member(context)
    let enforcement = try await accounts.revokeDevice(device.id, of: session.account.id, by: .member)
    return .redirect(
      to: "/devices?done=\(enforcement.ended == nil ? "removed-slow" : "removed")", type: .normal)
  }

  /// The session, and the device in the path, if it is the member's and still there.
  private func member(_ context: PortalContext) async throws -> (Session, Device) {
    guard let session = context.session else { throw PortalError(.signedOut) }
    guard let id = try? Device.ID(context.parameters.get("id") ?? ""),
      let found = try await accounts.overview(of: session.account.id).devices.first(where: {
        $0.device.id == id
      })
    else { throw PortalError(.notFound) }
    return (session, found.device)
  }
}

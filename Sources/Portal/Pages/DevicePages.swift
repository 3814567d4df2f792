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
  let clock: WallClock

  func add(to routes: Routes) {
    routes.page(.get, "/devices", .readOwn, use: list)
    routes.page(.get, "/devices/:id/rename", .readOwn, use: askRename)
    routes.page(.post, "/devices/:id/rename", .changeOwn, use: rename)
    routes.page(.get, "/devices/:id/remove", .readOwn, use: askRemove)
    routes.page(.post, "/devices/:id/remove", .changeOwn, use: remove)
  }

  @Sendable private func list(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let on = pages.settings.services.filter(session.account.services.contains)
    let overview = try await accounts.overview(of: session.account.id)
    // Who switched everything off can still remove a lost device.
    guard !on.isEmpty || !overview.devices.isEmpty else { return .redirect(to: "/chat/on", type: .normal) }
    let done = visit.query("done").map { "common.done_\($0.replacing("-", with: "_"))" }
    let live = overview.devices.filter { $0.device.isLive(at: clock()) && !$0.device.isBrowser }.count
    let hasPhones = overview.devices.contains { $0.device.apps[.sip] != nil }
    return pages.page(
      "devices", words: "devices",
      [
        "any": !overview.devices.isEmpty, "full": !on.isEmpty && live >= pages.settings.deviceLimit,
        "can_add": !on.isEmpty && !overview.devices.isEmpty && live < pages.settings.deviceLimit,
        "address_label": pages.text("devices.address_\(Self.key(on))"),
        "address_hint": pages.text("devices.address_hint_\(Self.key(on))"),
        "empty": pages.text("devices.empty_\(Self.key(on))"),
        "off": pages.settings.services.filter { !on.contains($0) }.map { off($0, overview) },
        "rings": hasPhones && on.contains(.sip),
        "devices": overview.devices.map { values(of: $0, session) },
      ], nav: "devices", flash: done.flatMap { pages.words.has($0) ? pages.words.text($0) : nil },
      session: session)
  }

  /// Which words fit to what is on.
  private static func key(_ on: [Service]) -> String {
    on.count == 1 ? on[0].apiName : on.isEmpty ? "none" : "both"
  }

  /// A service that is not on: a warning if there are apps for it, which cannot sign in; else an offer.
  private func off(_ service: Service, _ overview: AccountOverview) -> [String: Any] {
    let name = service.apiName
    let isMissed = overview.devices.contains { $0.device.apps[service] != nil }
    return [
      "path": "/\(name)/on", "missed": isMissed, "icon": [service == .sip ? "call" : "app": true],
      "text": pages.words.text("devices.\(name)_off\(isMissed ? "" : "_offer")"),
      "switch": pages.words.text("devices.switch_on_\(name)"),
    ]
  }

  private func values(of overview: DeviceOverview, _ session: Session) -> [String: Any] {
    let device = overview.device
    let isLive = device.isLive(at: clock())
    let fill = ["name": device.name.text]
    let apps = Service.shown.compactMap { device.apps[$0] }
    let parts = apps.map { part($0, overview.sights[$0.service], isLive: isLive, session) }
    var values: [String: Any] = [
      "id": device.id.text, "name": device.name.text, "parts": parts, "expired": !isLive,
      "connected": parts.contains { $0["connected"] as? Bool == true },
      "icon": [(apps.first ?? .other).icon: true],
      "added": pages.dates.day(device.createdAt),
      "rename_label": pages.words.text("devices.rename_label", fill),
      "remove_label": pages.words.text("devices.remove_label", fill),
    ]
    if let at = device.expiresAt {
      // A browser's passwords last minutes, and are renewed.
      values[device.isBrowser ? "browser" : "expires"] =
        device.isBrowser ? pages.dates.moment(at) : pages.dates.day(at)
    }
    return values
  }

  /// One app of a device: whether it is there now, and when and from where it was last.
  private func part(
    _ app: App, _ sight: DeviceSight?, isLive: Bool, _ session: Session
  ) -> [String: Any] {
    let service = app.service
    let isConnected = isLive && sight?.isOnline == true && session.account.mayUse(service)
    let state = isConnected ? "connected" : "not_connected"
    var part: [String: Any] = [
      "app": pages.words.text("common.app_\(app.key)"),
      "kind": pages.words.text("devices.for_\(service.apiName)"), "connected": isConnected,
      "state": pages.words.text("devices.\(state)_\(service.apiName)"),
    ]
    if let sight {
      var used = pages.dates.moment(sight.connectedAt)
      if !sight.address.isEmpty {
        used["from"] = pages.words.text("devices.from", ["address": sight.address])
      }
      part[isConnected ? "now" : "last"] = used
    } else {
      part["never"] = true
    }
    return part
  }

  @Sendable private func askRename(_ visit: Visit) async throws -> Response {
    let (session, device) = try await own(visit)
    return renamePage(device, name: device.name.text, problem: nil, session)
  }

  @Sendable private func rename(_ visit: Visit) async throws -> Response {
    let (session, device) = try await own(visit)
    let typed = visit.form["name"] ?? ""
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
      status: problem == nil ? .ok : .unprocessableContent, session: session)
  }

  @Sendable private func askRemove(_ visit: Visit) async throws -> Response {
    let (session, device) = try await own(visit)
    let fill = ["name": device.name.text]
    return pages.page(
      "confirm", words: "remove",
      [
        "what": pages.list(device.isBrowser ? "remove.what_browser" : "remove.what", fill, for: session),
        "action": "/devices/\(device.id)/remove",
        "option": false,
      ], fill: fill, nav: "devices", back: "/devices", session: session)
  }

  @Sendable private func remove(_ visit: Visit) async throws -> Response {
    let (session, device) = try await own(visit)
    let enforcement = try await accounts.revokeDevice(device.id, of: session.account.id, by: .member)
    return .redirect(
      to: "/devices?done=\(enforcement.ended == nil ? "removed-slow" : "removed")", type: .normal)
  }

  /// The session, and the device in the path, if it is the member's and still there.
  private func own(_ visit: Visit) async throws -> (Session, Device) {
    let session = try visit.member()
    guard let id = try? Device.ID(visit.parameter("id") ?? ""),
      let found = try await accounts.overview(of: session.account.id).devices.first(where: {
        $0.device.id == id
      })
    else { throw PortalError(.notFound) }
    return (session, found.device)
  }
}

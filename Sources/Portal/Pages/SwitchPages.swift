// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import Hummingbird

/// Switching one service on and off. Before it is on, the page says what others can see then.
struct SwitchPages: Sendable {
  let service: Service
  let accounts: Accounts
  let pages: PageRenderer

  /// In addresses and in the catalogue.
  private var name: String { service.apiName }

  func add(to routes: Routes) {
    routes.page(.get, "/\(name)/on", .readOwn, use: askOn)
    routes.page(.post, "/\(name)/on", .changeOwn, use: switchOn)
    routes.page(.get, "/\(name)/off", .readOwn, use: askOff)
    routes.page(.post, "/\(name)/off", .changeOwn, use: switchOff)
  }

  @Sendable private func askOn(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    guard !session.account.services.contains(service) else {
      return .redirect(to: "/devices", type: .normal)
    }
    let icons = ["at", "eye_off", "server", "quiet", "bell", "people"]
    let points = (1...4).map { number in
      let key = "switch_on_\(name).reveal\(number)"
      var point: [String: Any] = [
        "title": pages.text("\(key)_title", for: session), "text": pages.text(key, for: session),
      ]
      let icon = pages.words.text("\(key)_icon")
      point["icon"] = icons.contains(icon) ? [icon: true] : [:]
      return point
    }
    let other = pages.settings.services.first { $0 != service && !session.account.services.contains($0) }
    return pages.page(
      "switch-on", words: "switch_on_\(name)",
      [
        "action": "/\(name)/on", "points": points,
        "other": other.map { ["path": "/\($0.apiName)/on"] } ?? [:],
      ],
      nav: "settings", back: session.account.services.isEmpty ? nil : "/settings", session: session)
  }

  @Sendable private func switchOn(_ visit: Visit) async throws -> Response {
    try await accounts.setService(service, on: true, of: visit.member().account.id, by: .member)
    return .redirect(to: "/devices?done=\(name)-on", type: .normal)
  }

  @Sendable private func askOff(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    guard session.account.services.contains(service) else {
      return .redirect(to: "/settings", type: .normal)
    }
    return pages.page(
      "confirm", words: "switch_off_\(name)",
      [
        "what": pages.list("switch_off_\(name).what", for: session), "action": "/\(name)/off",
        "option": false,
      ],
      nav: "settings", back: "/settings", session: session)
  }

  @Sendable private func switchOff(_ visit: Visit) async throws -> Response {
    try await accounts.setService(service, on: false, of: visit.member().account.id, by: .member)
    return .redirect(to: "/settings?done=\(name)-off", type: .normal)
  }
}

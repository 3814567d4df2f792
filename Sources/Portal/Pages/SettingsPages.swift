// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import Hummingbird

/// What is on, what is kept for how long, and the ways to sign out.
struct SettingsPages: Sendable {
  let pages: PageRenderer

  func add(to routes: Routes) { routes.page(.get, "/settings", .readOwn, use: show) }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let kept = { (days: Int) in pages.words.text("settings.kept_days", ["days": String(days)]) }
    var stored = ["messages": kept(pages.settings.archiveDays), "files": kept(pages.settings.uploadDays)]
    if let calls = pages.settings.calls {
      stored["calls"] =
        calls.historyDays == 0 ? pages.words.text("settings.kept_not") : kept(calls.historyDays)
    }
    let done = visit.query("done").map { "common.done_\($0.replacing("-", with: "_"))" }
    return pages.page(
      "settings", words: "settings",
      [
        "services": pages.settings.services.map { service in
          let name = service.apiName
          let isOn = session.account.services.contains(service)
          return [
            "name": name, "is_on": isOn, "heading": pages.words.text("settings.\(name)_heading"),
            "state": pages.text("settings.\(name)_\(isOn ? "on" : "off")", for: session),
            "switch": pages.words.text("settings.switch_\(isOn ? "off" : "on")_\(name)"),
          ] as [String: Any]
        },
        "presence": pages.words.text("settings.presence_is_\(session.account.privacy.presence)"),
        "embed": pages.settings.isEmbedded ? ["home": pages.settings.homeServerOrigin] as Any : false,
        "kept": stored,
      ], nav: "settings", flash: done.flatMap { pages.words.has($0) ? pages.words.text($0) : nil },
      session: session)
  }
}

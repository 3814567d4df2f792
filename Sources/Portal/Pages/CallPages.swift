// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import Hummingbird

/// The member's history of calls, and forgetting it.
struct CallPages: Sendable {
  let accounts: Accounts
  let pages: PageRenderer
  let calls: PortalSettings.Calls

  private static let onAPage = 50

  func add(to routes: Routes) {
    routes.page(.get, "/calls", .readOwn, use: list)
    routes.page(.get, "/calls/clear", .readOwn, use: askClear)
    routes.page(.post, "/calls/clear", .changeOwn, use: clear)
    routes.page(.post, "/calls/remove", .changeOwn, use: remove)
  }

  @Sendable private func list(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    guard session.account.services.contains(.sip) else { return .redirect(to: "/calls/on", type: .normal) }
    let before = visit.query("before")
    let found: [HistoryCall]
    do {
      // One more tells whether there is another page.
      found = try await accounts.callHistory(
        of: session.account.id, before: before.map(CallID.init(stored:)), limit: Self.onAPage + 1)
    } catch let error as AccountsError where error.code == .noSuchCall {
      // Forgotten meanwhile.
      return .redirect(to: "/calls", type: .normal)
    }
    let shown = found.prefix(Self.onAPage)
    var values: [String: Any] = [
      "calls_made": shown.map(row), "any": !shown.isEmpty, "first": before != nil,
      "keeps": calls.historyDays > 0,
      "kept": calls.historyDays == 0
        ? pages.words.text("calls.kept_none") : pages.counted("calls.kept", calls.historyDays, for: session),
    ]
    if found.count > shown.count, let last = shown.last { values["next"] = last.id.text }
    return pages.page(
      "calls", words: "calls", values, nav: "calls", flash: pages.flash(visit, "calls"), session: session)
  }

  private func row(_ call: HistoryCall) -> [String: Any] {
    let address = call.other.address(at: pages.settings.domain)
    var values = pages.person(address, name: call.displayName)
    values["id"] = call.id.text
    values["at"] = pages.dates.moment(call.at)
    values["outcome"] = pages.words.text("calls.\(call.direction.rawValue)_\(call.outcome.rawValue)")
    values["missed"] = call.outcome == .missed
    if let seconds = call.seconds { values["length"] = length(seconds) }
    let who = (values["name"] as? String ?? "").isolated
    values["remove_label"] = pages.words.text("calls.remove_label", ["who": who])
    return values
  }

  /// Rounded up to whole minutes, so that a short call has a length too.
  private func length(_ seconds: Int64) -> String {
    let minutes = Int(seconds + 59) / 60
    guard minutes >= 60 else { return pages.counted("calls.minutes", max(1, minutes)) }
    return pages.words.text(
      "calls.hours", ["hours": String(minutes / 60), "minutes": String(minutes % 60)])
  }

  @Sendable private func askClear(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    return pages.page(
      "confirm", words: "clear_calls",
      [
        "what": pages.list("clear_calls.what", for: session), "action": "/calls/clear", "option": false,
      ], nav: "calls", back: "/calls", session: session)
  }

  @Sendable private func clear(_ visit: Visit) async throws -> Response {
    try await accounts.clearCalls(of: visit.member().account.id, by: .member)
    return .redirect(to: "/calls?done=cleared", type: .normal)
  }

  @Sendable private func remove(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    guard let call = visit.form["call"].flatMap({ CallID($0) }) else { throw PortalError(.badRequest) }
    do {
      try await accounts.removeCall(call, of: session.account.id, by: .member)
    } catch let error as AccountsError where error.code == .noSuchCall {
      return .redirect(to: "/calls?done=gone", type: .normal)
    }
    return .redirect(to: "/calls?done=removed", type: .normal)
  }
}

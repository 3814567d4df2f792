// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Foundation
import HTTPTypes
import Hummingbird

/// The member's contacts: who has accepted, who has not yet, who asks; and taking somebody off.
struct ContactPages: Sendable {
  let accounts: Accounts
  let pages: PageRenderer

  private static let onAPage = 50

  func add(to routes: Routes) {
    routes.page(.get, "/people", .readOwn, use: list)
    routes.page(.get, "/people/remove", .readOwn, use: askRemove)
    routes.page(.post, "/people/remove", .changeOwn, use: remove)
  }

  @Sendable private func list(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let overview = try await accounts.contacts(of: session.account.id)
    let after = visit.query("after").flatMap { try? Address($0) }
    let rest = overview.entries.filter { entry in after.map { $0 < entry.contact.address } ?? true }
    let shown = rest.prefix(Self.onAPage)
    let total = overview.entries.count
    var values: [String: Any] = [
      "tab": ["contacts": true], "chat_on": session.account.services.contains(.xmpp),
      "asking": after == nil ? overview.asking.map(pages.asking) : [],
      "asking_any": after == nil && !overview.asking.isEmpty,
      "contacts": shown.map { row(of: $0, session) },
      "coming": after == nil ? overview.coming.prefix(Self.onAPage).map { coming($0) } : [],
      "any": total + overview.coming.count > 0, "away": pages.away(overview.link, readAt: overview.readAt),
      "count": pages.counted("people.count", total, for: session),
      "seen": pages.text("people.presence_\(session.account.privacy.presence)", for: session),
    ]
    let unseen = overview.coming.count - Self.onAPage
    if after == nil, unseen > 0 { values["coming_more"] = pages.counted("people.coming_more", unseen) }
    if after != nil { values["first"] = true }
    if rest.count > shown.count, let last = shown.last {
      values["next"] = last.contact.address.query
    }
    return pages.page(
      "people", words: "people", values, nav: "people", flash: pages.flash(visit, "people"), session: session)
  }

  private func row(of entry: ContactsOverview.Entry, _ session: Session) -> [String: Any] {
    let contact = entry.contact
    var values = pages.person(contact.address, name: contact.name)
    let state = Self.state(of: entry)
    values["state"] = pages.text("people.state_\(state.rawValue)", for: session)
    values["accepted"] = state == .accepted
    values["can_ask"] = state == .notAsked || state == .oneWay
    values["can_remove"] = state != .removing
    values["chosen"] = entry.isChosen && session.account.privacy.presence == .chosen
    let fill = ["who": contact.address.description.shownName(limit: 300)]
    values["ask_label"] = pages.words.text("people.ask_label", fill)
    values["remove_label"] = pages.words.text("people.remove_label", fill)
    values["query"] = contact.address.query
    return values
  }

  private func coming(_ address: Address) -> [String: Any] {
    var values = pages.person(address)
    values["query"] = address.query
    values["remove_label"] = pages.words.text(
      "people.remove_label", ["who": address.description.shownName(limit: 300)])
    return values
  }

  private enum State: String {
    case accepted, asked, asking, accepting, removing
    /// They were accepted by the member, who has not asked them.
    case oneWay = "one_way"
    case notAsked = "not_asked"
  }

  private static func state(of entry: ContactsOverview.Entry) -> State {
    switch entry.waiting {
    case .ask: return .asking
    case .accept: return .accepting
    case .remove: return .removing
    case .decline, .block, nil: break
    }
    if entry.contact.isAccepted { return .accepted }
    if entry.contact.isAsked { return .asked }
    return entry.contact.subscription == .from ? .oneWay : .notAsked
  }

  // MARK: Removing

  @Sendable private func askRemove(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    guard let address = visit.query("address").flatMap({ try? Address($0) }) else {
      throw PortalError(.notFound)
    }
    let overview = try await accounts.contacts(of: session.account.id)
    let entry = overview.entries.first { $0.contact.address == address }
    guard entry != nil || overview.coming.contains(address) else {
      return .redirect(to: "/people?done=gone", type: .normal)
    }
    let person = pages.person(address, name: entry?.contact.name ?? "")
    let who = (person["name"] as? String ?? "").isolated
    return pages.page(
      "confirm", words: "remove_contact",
      [
        "what": pages.list("remove_contact.what", ["who": who], for: session), "action": "/people/remove",
        "option": false, "fields": [["name": "address", "value": address.description]],
      ], fill: ["who": who], nav: "people", back: "/people", session: session)
  }

  @Sendable private func remove(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let address = try Address(visit.form["address"] ?? "")
    do {
      try await accounts.removeContact(address, of: session.account.id, by: .member)
    } catch let error as AccountsError where error.code == .noSuchContact {
      return .redirect(to: "/people?done=gone", type: .normal)
    }
    return .redirect(to: "/people?done=removed", type: .normal)
  }
}

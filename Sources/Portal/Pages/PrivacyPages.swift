// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import Hummingbird

/// Who sees when the member is online, and who may start a chat or call; first of all what is so at this moment.
struct PrivacyPages: Sendable {
  let accounts: Accounts
  let pages: PageRenderer

  func add(to routes: Routes) {
    routes.page(.get, "/privacy", .readOwn, use: show)
    routes.page(.post, "/privacy", .changeOwn, use: save)
    routes.page(.post, "/privacy/access", .changeOwn, use: saveAccess)
    routes.page(.get, "/privacy/chosen", .readOwn, use: choose)
    routes.page(.post, "/privacy/chosen", .changeOwn, upTo: Form.peopleLimit, use: saveChosen)
  }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let privacy = session.account.privacy
    let sight = try await accounts.sightNow(of: session.account.id)
    let chosen = try await accounts.contacts(of: session.account.id).entries.filter(\.isChosen).count
    // The chat server knows only members who have had an app.
    let hasApp =
      sight.isKnown
      ? true
      : try await accounts.overview(of: session.account.id).devices.contains { $0.device.apps[.xmpp] != nil }
    let offered = pages.settings.services
    return pages.page(
      "privacy", words: "privacy",
      [
        "sight": shown(sight, hasApp: hasApp, session),
        "presence": PresencePolicy.allCases.map { policy in
          option(
            "presence_\(policy)", value: policy.rawValue, chosen: privacy.presence == policy, session)
        },
        "blocks": blocks(try await accounts.relations(of: session.account.id), session),
        "chosen_people": pages.counted("privacy.chosen", chosen, for: session),
        "show_chosen": privacy.presence == .chosen,
        "reaches": offered.map { service in
          [
            "field": service.apiName,
            "legend": pages.text("privacy.reach_\(service.apiName)_heading", for: session),
            "lead": pages.text("privacy.reach_\(service.apiName)_lead", for: session),
            "options": Reach.allCases.map { reach in
              option(
                "reach_\(service.apiName)_\(reach)", value: reach.rawValue, chosen: privacy[service] == reach,
                session)
            },
          ] as [String: Any]
        },
      ], nav: "privacy", flash: pages.flash(visit, "privacy"), session: session)
  }

  private func option(_ key: String, value: String, chosen: Bool, _ session: Session) -> [String: Any] {
    [
      "value": value, "chosen": chosen, "title": pages.text("privacy.\(key)_title", for: session),
      "line": pages.text("privacy.\(key)", for: session),
    ]
  }

  // MARK: What others see

  private static let namedAtMost = 20

  private func shown(_ now: SightNow, hasApp: Bool, _ session: Session) -> [String: Any] {
    var values: [String: Any] = [:]
    if !session.account.services.contains(.xmpp) {
      values["chat"] = pages.text("privacy.sight_chat_off", for: session)
    } else if !hasApp {
      values["chat"] = pages.text("privacy.sight_offline", for: session)
    } else if !now.isKnown {
      values["unknown"] = pages.text("privacy.sight_unknown", for: session)
    } else if let sight = now.sight, sight.online > 0 {
      values["chat"] = pages.counted("privacy.sight_online", sight.online, for: session)
      let seeing = sight.seenBy.sorted()
      values["seen"] =
        seeing.isEmpty
        ? pages.text("privacy.sight_nobody", for: session)
        : pages.counted("privacy.sight_seen", seeing.count, for: session)
      values["people"] = seeing.prefix(Self.namedAtMost).map { pages.person($0) }
      values["people_any"] = !seeing.isEmpty
      if seeing.count > Self.namedAtMost {
        values["people_more"] = pages.counted("privacy.sight_more", seeing.count - Self.namedAtMost)
      }
    } else {
      values["chat"] = pages.text("privacy.sight_offline", for: session)
    }
    if pages.settings.calls != nil {
      values["calls"] =
        session.account.services.contains(.sip)
        ? now.ringing == 0
          ? pages.text("privacy.sight_silent", for: session)
          : pages.counted("privacy.sight_ringing", now.ringing, for: session)
        : pages.text("privacy.sight_calls_off", for: session)
    }
    return values
  }

  // MARK: Blocks of the home server

  private func blocks(_ relations: RelationsStatus, _ session: Session) -> [String: Any] {
    let keeps = relations.keepsAccess
    var values: [String: Any] = [
      "keep_text": pages.text(keeps ? "privacy.keep_on" : "privacy.keep_off", for: session),
      "keep_switch": pages.text(keeps ? "privacy.keep_switch_off" : "privacy.keep_switch_on", for: session),
      "keep_to": keeps ? "no" : "yes",
    ]
    if let at = relations.blocksAsOf {
      values["as_of"] = pages.dates.moment(at)
      values["count"] = pages.counted("privacy.blocks_count", relations.blocked, for: session)
    }
    switch relations.state {
    case .complete: break
    case .reading where relations.blocksAsOf != nil: break
    case .reading: values["text"] = pages.text("privacy.blocks_reading", for: session)
    case .neverRead: values["text"] = pages.text("privacy.blocks_never", for: session)
    case .failed: values["text"] = pages.text("privacy.blocks_failed", for: session)
    case .needsSignIn:
      values["text"] = pages.text("privacy.blocks_sign_in", for: session)
      values["sign_in"] = true
    }
    return values
  }

  @Sendable private func saveAccess(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let keep: Bool
    switch visit.form["keep"] {
    case "yes": keep = true
    case "no": keep = false
    default: throw PortalError(.badRequest)
    }
    try await accounts.setKeepAccess(keep, of: session.account.id, by: .member)
    return .redirect(to: "/privacy?done=access", type: .normal)
  }

  // MARK: Saving

  @Sendable private func save(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    var privacy = session.account.privacy
    guard let presence = visit.form["presence"].flatMap(PresencePolicy.init(rawValue:)) else {
      throw PortalError(.badRequest)
    }
    privacy.presence = presence
    for service in pages.settings.services {
      guard let reach = visit.form[service.apiName].flatMap(Reach.init(rawValue:)) else {
        throw PortalError(.badRequest)
      }
      privacy[service] = reach
    }
    try await accounts.setPrivacy(privacy, of: session.account.id, by: .member)
    let chosen = try await accounts.contacts(of: session.account.id).entries.filter(\.isChosen)
    // Whoever wants to choose has to choose somebody.
    return .redirect(
      to: presence == .chosen && chosen.isEmpty ? "/privacy/chosen?done=saved" : "/privacy?done=saved",
      type: .normal)
  }

  @Sendable private func choose(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let entries = try await accounts.contacts(of: session.account.id).entries
    return pages.page(
      "chosen", words: "chosen",
      [
        "any": !entries.isEmpty, "inactive": session.account.privacy.presence != .chosen,
        "people": entries.map { entry in
          var person = pages.person(entry.contact.address, name: entry.contact.name)
          person["ticked"] = entry.isChosen
          return person
        },
      ], nav: "privacy", back: "/privacy", flash: pages.flash(visit, "privacy"), session: session)
  }

  @Sendable private func saveChosen(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let wanted = Set(try visit.form.ticked("see:").map { try Address($0) })
    // Whoever went off the list while the page was open is left out: that says no less than the box did.
    let contacts = Set(try await accounts.contacts(of: session.account.id).entries.map(\.contact.address))
    try await accounts.setChosen(wanted.intersection(contacts), of: session.account.id, by: .member)
    return .redirect(to: "/privacy?done=chosen", type: .normal)
  }
}

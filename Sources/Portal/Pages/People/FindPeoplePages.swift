// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Foundation
import HTTPTypes
import Hummingbird

/// Finding somebody to chat with: by an address, or among the people whom the member knows from the home server.
struct FindPeoplePages: Sendable {
  let accounts: Accounts
  let pages: PageRenderer

  func add(to routes: Routes) { routes.page(.get, "/people/find", .readOwn, use: show) }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    try await page(visit, typed: "", problem: nil, visit.member())
  }

  /// - Parameters:
  ///   - typed: what stands in the field for an address.
  ///   - problem: what was wrong with what was sent: a name under `find` in the catalogue.
  func page(_ visit: Visit, typed: String, problem: String?, _ session: Session) async throws -> Response {
    var values: [String: Any] = [
      "tab": ["find": true], "chat_on": session.account.services.contains(.xmpp), "typed": typed.printable,
    ]
    if let problem {
      let text = pages.words.text("find.\(problem)", ["most": String(Accounts.mostAtOnce)])
      values["problem"] = ["field": "typed", "text": text]
      values["typed_problem"] = text
    }
    if session.account.services.contains(.xmpp) {
      let devices = try await accounts.overview(of: session.account.id).devices
      values["no_app"] = !devices.contains { $0.device.apps[.xmpp] != nil }
      try await values.merge(people(visit, session)) { $1 }
    }
    return pages.page(
      "find", words: "find", values, nav: "people", status: problem == nil ? .ok : .unprocessableContent,
      session: session)
  }

  // MARK: The home server's people

  private func people(_ visit: Visit, _ session: Session) async throws -> [String: Any] {
    let ties = visit.query("show").flatMap(PeopleQuery.Ties.init(rawValue:)) ?? .all
    let search = visit.query("q") ?? ""
    let after = visit.query("after").flatMap(PeopleCursor.init(text:))
    let id = session.account.id
    let page = try await accounts.people(
      of: id, query: PeopleQuery(ties: ties, search: search, after: after, limit: 40))
    let report = try await accounts.reachability(of: page.people, for: id)
    let contacts = try await accounts.contacts(of: id)
    var known = Dictionary(
      contacts.entries.map { ($0.contact.address, $0.contact.isAccepted) }, uniquingKeysWith: { $1 })
    for address in contacts.coming { known[address] = false }
    var values: [String: Any] = [
      "found": page.people.map { row($0, report, known, session) }, "found_any": !page.people.isEmpty,
      "query": search.printable.shownName(limit: 100), "searched": !search.isEmpty || ties != .all,
      "incomplete": !report.isComplete,
      "filters": PeopleQuery.Ties.allCases.map { choice in
        [
          "value": choice.rawValue, "chosen": choice == ties,
          "label": pages.text("find.show_\(choice)", for: session),
        ] as [String: Any]
      },
      "state": state(page.relations, session), "has_people": page.counts.all > 0,
      "cut": page.relations.isCut,
    ]
    if page.counts.mutual > 0 {
      values["mutuals"] = pages.counted(
        "find.mutuals", min(page.counts.mutual, Accounts.mostAtOnce), for: session)
    }
    let parts = [("show", ties.rawValue), ("q", search), ("after", page.next?.text ?? "")]
    let query = parts.map { name, value in
      "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
    }
    if page.next != nil { values["next"] = query.joined(separator: "&") }
    if after != nil { values["first"] = query.prefix(2).joined(separator: "&") }
    return values
  }

  /// How old it is what is shown, and why there is no more.
  private func state(_ relations: RelationsStatus, _ session: Session) -> [String: Any] {
    var values: [String: Any] = [:]
    if let at = relations.peopleAsOf { values["as_of"] = pages.dates.moment(at) }
    switch relations.state {
    case .complete: break
    case .neverRead, .reading:
      if relations.peopleAsOf == nil { values["text"] = pages.text("find.state_reading", for: session) }
    case .needsSignIn:
      values["text"] = pages.text("find.state_sign_in", for: session)
      values["sign_in"] = true
    case .failed: values["text"] = pages.text("find.state_failed", for: session)
    }
    return values
  }

  private func row(
    _ person: Person, _ report: ReachabilityReport, _ known: [Address: Bool], _ session: Session
  ) -> [String: Any] {
    var values = pages.person(person.address, name: person.displayName)
    let tie = person.isMutual ? "mutual" : person.follows ? "followed" : "follower"
    values["tie"] = pages.text("find.tie_\(tie)", for: session)
    values["bot"] = person.isBot
    let chat = report.reachability(of: person.address, by: .xmpp)
    values["ways"] = pages.settings.services.map { service in
      way(report.reachability(of: person.address, by: service), service, session)
    }
    if person.isBlocked {
      values["status"] = pages.text("find.blocked", for: session)
    } else if let accepted = chat.address.flatMap({ known[$0] }) {
      values["status"] = pages.text(accepted ? "people.state_accepted" : "people.state_asked", for: session)
    } else if let address = chat.address {
      values["can_add"] = ["to": address.description]
    } else if chat.isAbsent {
      values["invite"] = invite(person, session)
    }
    return values
  }

  /// By what they can be reached, and how that is known.
  private func way(_ found: Reachability, _ service: Service, _ session: Session) -> [String: Any] {
    let address = found.address?.description.shownName(limit: 300).isolated ?? ""
    return [
      "service": pages.words.text("devices.for_\(service.apiName)"),
      "unverified": found.canBeReached && !found.isVerified,
      "text": pages.text("find.way_\(service.apiName)_\(found.word)", ["who": address], for: session),
    ]
  }

  /// A post at the home server that is written already, and that the member sends or not.
  private func invite(_ person: Person, _ session: Session) -> [String: Any] {
    let isLocal = person.address.domain == pages.settings.domain
    let who = isLocal ? person.address.local ?? "" : person.address.description
    let text = pages.text(
      isLocal ? "find.invite_post_here" : "find.invite_post_elsewhere",
      ["who": who, "portal": pages.settings.portal.absoluteString], for: session)
    let query = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    return [
      "url": pages.settings.homeServer.appending(path: "share").absoluteString + "?text=\(query)",
      "label": pages.words.text("find.invite_label", ["who": person.displayName.shownName()]),
    ]
  }
}

extension Reachability {
  /// Names the words for it.
  var word: String {
    switch finding {
    case .here: "here"
    case .notHere: "not_here"
    case .stated(by: .profile): "profile"
    case .stated(by: .webFinger): "web_finger"
    case .records: "records"
    case .none(.notYetHere): "not_yet"
    case .none: "none"
    case .unknown(.notAsked), .unknown(.limited): "not_asked"
    case .unknown: "unknown"
    }
  }

  /// Whether it is known that there is no way: then an invitation is of use.
  var isAbsent: Bool {
    switch finding {
    case .notHere, .none: true
    case .here, .stated, .records, .unknown: false
    }
  }
}

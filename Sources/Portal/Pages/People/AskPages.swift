// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import Directory
import Foundation
import HTTPTypes
import Hummingbird

/// Asking people to be contacts: first a page that says who would learn what, and only then anything is sent.
struct AskPages: Sendable {
  let accounts: Accounts
  let pages: PageRenderer
  let random: RandomBytes
  let spent: SpentTokens

  /// So many are shown without a click.
  private static let shownAtOnce = 20

  func add(to routes: Routes) {
    routes.page(.post, "/people/preview", .changeOwn, upTo: Form.peopleLimit, use: preview)
    routes.page(.post, "/people/ask", .changeOwn, upTo: Form.peopleLimit, use: ask)
    routes.page(.get, "/people/asked/:batch", .readOwn, use: progress)
    routes.page(.post, "/people/asked/:batch/undo", .changeOwn, use: undo)
  }

  // MARK: Preview

  @Sendable private func preview(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    guard session.account.services.contains(.xmpp) else { throw PortalError(.serviceOff) }
    let chosen: [Address]
    var withoutChat = 0
    switch try await choice(visit.form, session) {
    case .people(let people): chosen = people
    case .mutuals(let people, let others):
      chosen = people
      withoutChat = others
    case .problem(let name):
      return try await FindPeoplePages(accounts: accounts, pages: pages).page(
        visit, typed: visit.form["typed"] ?? "", problem: name, session)
    }
    let people = try await accounts.preview(adding: chosen, of: session.account.id)
    let asked = people.filter { $0.outcome == .willAsk }
    let report = try await accounts.reachability(of: asked.map(\.address), for: session.account.id)
    let rows = asked.map { row($0.address, report) }
    let refusals = ContactPreview.Outcome.allCases.filter { $0 != .willAsk }
    var values: [String: Any] = [
      "any": !asked.isEmpty, "foreign": rows.contains { $0["unverified"] as? Bool == true },
      "heading": pages.counted(
        asked.isEmpty ? "preview.nobody" : "preview.heading", asked.count, for: session),
      "people": Array(rows.prefix(Self.shownAtOnce)),
      "lessons": lessons(asked.first?.lessons ?? [], session),
      "refused": refusals.compactMap { refused($0, people, session) },
      "addresses": asked.map(\.address.description).joined(separator: " "), "once": random.base32(26),
      "send": pages.counted("preview.send", asked.count, for: session),
    ]
    if asked.count > Self.shownAtOnce {
      values["rest"] = [
        "title": pages.counted("preview.more", asked.count - Self.shownAtOnce),
        "people": Array(rows.dropFirst(Self.shownAtOnce)),
      ]
    }
    if withoutChat > 0 {
      values["left_out"] = pages.counted("preview.no_chat_title", withoutChat, for: session)
    }
    return pages.page(
      "preview", words: "preview", values, nav: "people", back: "/people/find", session: session)
  }

  /// With a mark on whoever may be somebody else than the member thinks.
  private func row(_ address: Address, _ report: ReachabilityReport) -> [String: Any] {
    var values = pages.person(address)
    let found = report.reachability(of: address, by: .xmpp)
    values["unverified"] = !found.isVerified
    values["verified"] = found.isVerified && address.domain != pages.settings.domain
    return values
  }

  private enum Choice {
    case people([Address])
    /// All who follow each other with the member, as far as they have chat; and how many have none that we know of.
    case mutuals([Address], others: Int)
    /// A name under `find` in the catalogue.
    case problem(String)
  }

  /// Whom the form names: by boxes, by a typed address, or by both.
  private func choice(_ form: Form, _ session: Session) async throws -> Choice {
    if form["all"] == PeopleQuery.Ties.mutual.rawValue { return try await mutuals(session) }
    var people = try form.ticked("to:").map { try Address($0) }
    let typed = (form["typed"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    if !typed.isEmpty {
      guard let address = try? Address(typed) else { return .problem("typed_bad") }
      people.append(address)
    }
    guard !people.isEmpty else { return .problem("nobody_chosen") }
    guard people.count <= Accounts.mostAtOnce else { return .problem("too_many") }
    return .people(people)
  }

  private func mutuals(_ session: Session) async throws -> Choice {
    let id = session.account.id
    let contacts = Set(
      try await accounts.contacts(of: id).entries.filter(\.contact.isAccepted).map(\.contact.address))
    var people: [Address] = []
    var others = 0
    var after: PeopleCursor?
    repeat {
      let page = try await accounts.people(
        of: id, query: PeopleQuery(ties: .mutual, after: after, limit: PeopleQuery.longestPage))
      let report = try await accounts.reachability(of: page.people, for: id)
      for person in page.people where !person.isBlocked && !person.isBot {
        guard let address = report.reachability(of: person.address, by: .xmpp).address else {
          others += 1
          continue
        }
        if !contacts.contains(address) { people.append(address) }
      }
      after = page.next
    } while after != nil && people.count < Accounts.mostAtOnce
    guard !people.isEmpty else { return .problem("no_mutuals") }
    return .mutuals(Array(people.prefix(Accounts.mostAtOnce)), others: others)
  }

  /// What whoever is asked learns, and what not.
  private func lessons(_ lessons: [ContactPreview.Lesson], _ session: Session) -> [[String: Any]] {
    let presence = session.account.privacy.presence
    var told = ContactPreview.Lesson.allCases.map {
      (key: $0 == .presence ? "presence_\(presence)" : $0.rawValue, learns: lessons.contains($0))
    }
    // The client in the browser connects contacts' calls directly where they go from app to app.
    if pages.settings.calls != nil { told.append((key: "direct", learns: true)) }
    return told.map { key, learns in
      [
        "learns": learns, "title": pages.text("preview.learn_\(key)_title", for: session),
        "text": pages.text("preview.learn_\(key)", for: session),
      ]
    }
  }

  private func refused(
    _ outcome: ContactPreview.Outcome, _ people: [ContactPreview], _ session: Session
  ) -> [String: Any]? {
    let these = people.filter { $0.outcome == outcome }
    guard !these.isEmpty else { return nil }
    var values: [String: Any] = [
      "why": pages.text("preview.why_\(outcome.rawValue)", for: session),
      "people": these.prefix(Self.shownAtOnce).map { pages.person($0.address) },
    ]
    let unseen = these.count - Self.shownAtOnce
    if unseen > 0 { values["more"] = pages.counted("preview.more", unseen) }
    return values
  }

  // MARK: Sending

  @Sendable private func ask(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let form = visit.form
    guard let once = form["once"], (1...64).contains(once.utf8.count) else { throw PortalError(.badRequest) }
    let people = try (form["addresses"] ?? "").split(separator: " ").map { try Address(String($0)) }
    // A form that is sent twice (a second click, going back) asks once.
    let token = "\(session.account.id)/ask/\(once)"
    guard await spent.spend(token) else {
      return .redirect(to: "/people?done=already-asked", type: .normal)
    }
    do {
      let begun = try await accounts.add(people, of: session.account.id, by: .member)
      return .redirect(to: "/people/asked/\(begun.batch)", type: .normal)
    } catch {
      // Nobody was asked, so the same form may be sent again.
      await spent.release(token)
      throw error
    }
  }

  // MARK: Progress

  @Sendable private func progress(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let progress = try await accounts.progress(of: batch(visit), account: session.account.id)
    let overview = try await accounts.contacts(of: session.account.id)
    let isOver = progress.waiting == 0
    var values: [String: Any] = [
      "batch": progress.batch, "total": progress.total, "done": progress.total - progress.waiting,
      "running": !isOver, "over": isOver,
      "heading": pages.counted(isOver ? "progress.over" : "progress.running", progress.total, for: session),
      "state": pages.words.text(
        "progress.state",
        ["done": String(progress.total - progress.waiting), "total": String(progress.total)]),
      "all_failed": progress.failed.count == progress.total,
      "away": isOver ? [:] : pages.away(overview.link, readAt: overview.readAt),
    ]
    if !progress.failed.isEmpty {
      values["failed"] = [
        "title": pages.counted("progress.failed", progress.failed.count),
        "people": progress.failed.prefix(100).map { pages.person($0) },
      ]
    }
    return pages.page("progress", words: "progress", values, nav: "people", back: "/people", session: session)
  }

  @Sendable private func undo(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    do {
      try await accounts.undo(batch: batch(visit), of: session.account.id, by: .member)
    } catch let error as AccountsError where error.code == .noSuchContact {
      // What was never sent leaves nothing behind to undo a second time.
    }
    return .redirect(to: "/people?done=undone", type: .normal)
  }

  private func batch(_ visit: Visit) throws -> String {
    guard let batch = visit.parameter("batch"), batch.wholeMatch(of: #/[0-9a-z]{1,64}/#) != nil else {
      throw PortalError(.notFound)
    }
    return batch
  }
}

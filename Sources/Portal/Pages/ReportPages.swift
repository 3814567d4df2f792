// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import HomeServer
import Hummingbird

/// Reporting whoever has written uninvited to the home server's moderators: first a page that says what is sent to whom.
struct ReportPages: Sendable {
  let accounts: Accounts
  let pages: PageRenderer

  func add(to routes: Routes) {
    routes.page(.get, "/requests/report", .readOwn, use: show)
    routes.page(.post, "/requests/report", .changeOwn, use: send)
  }

  /// Where the home server leads back to after it was asked to allow a report.
  static func path(about address: String?) -> String {
    guard let address = address.flatMap({ try? Address($0) }) else { return "/requests" }
    let path = "/requests/report?from=\(address.query)"
    return path.utf8.count <= 500 ? path : "/requests"
  }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    guard let sender = visit.query("from").flatMap({ try? Address($0) }) else { throw PortalError(.notFound) }
    do {
      return page(try await accounts.reportDraft(about: sender, by: session), visit.form, session)
    } catch let error as AccountsError where error.code == .noSuchContact { return Self.gone }
  }

  @Sendable private func send(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let form = visit.form
    let sender = try Address(form["address"] ?? "")
    guard let category = Report.Category(rawValue: form["category"] ?? ""), let account = form["account"]
    else {
      throw PortalError(.badRequest)
    }
    do {
      let draft = try await accounts.reportDraft(about: sender, by: session)
      guard draft.isAllowed else { return page(draft, form, lapsed: true, session) }
      let comment = form["comment"] ?? ""
      guard comment.unicodeScalars.count <= ReportText.longestComment else {
        return page(draft, form, problem: "comment_long", session)
      }
      guard let quoted = draft.request.said(named: form.ticked("said:")) else {
        return page(draft, form, problem: "changed", session)
      }
      let text = ReportText(
        comment: comment, sender: sender, isVerified: draft.account?.isVerified ?? false, quoted: quoted)
      let isRefused = try await accounts.report(
        MemberReport(
          sender: sender, account: account, comment: text.composed(pages.words), category: category,
          isForwarded: form["forward"] == "on", blocks: form["block"] == "on"), by: session)
      let done = !isRefused ? "reported-only" : form["block"] == "on" ? "reported-blocked" : "reported"
      return .redirect(to: "/requests?done=\(done)", type: .normal)
    } catch let error as AccountsError where error.code == .noSuchContact {
      return Self.gone
    } catch let error as AccountsError where error.code == .permissionNeeded {
      return page(try await accounts.reportDraft(about: sender, by: session), form, lapsed: true, session)
    }
  }

  private static var gone: Response { .redirect(to: "/requests?done=gone", type: .normal) }

  /// - Parameters:
  ///   - lapsed: whether the permission is over that the page counted on.
  ///   - problem: what was wrong with what was sent: a name under `report` in the catalogue.
  private func page(
    _ draft: ReportDraft, _ form: Form, lapsed: Bool = false, problem: String? = nil, _ session: Session
  ) -> Response {
    let sender = draft.request.sender
    let account = draft.account
    let ticked = Set(form.ticked("said:"))
    let fill = [
      "who": (account?.handle ?? sender).description.shownName(limit: 300).isolated,
      "sender": sender.description.shownName(limit: 300).isolated,
      "elsewhere": (account?.handle ?? sender).domain.shownName(limit: 300).isolated,
    ]
    var values = pages.person(sender)
    values.merge([
      "no_account": draft.subject == .unknown, "ready": account != nil && draft.isAllowed,
      "consent": !draft.isAllowed && draft.subject != .unknown, "lapsed": lapsed,
      "reported": account?.id ?? "",
      "elsewhere": account?.isElsewhere ?? false, "doubtful": account.map { !$0.isVerified } ?? false,
      "other_address": account.map { $0.handle != sender } ?? false,
      "learn": pages.list("report.learn", fill, for: session),
      "said": draft.request.said.map { said in
        let name = ReportText.name(of: said)
        var values: [String: Any] = [
          "name": name, "ticked": ticked.contains(name), "text": said.text.shownText(limit: 1_000),
          "at": pages.dates.moment(said.at),
        ]
        if said.kind != .message { values["kind"] = pages.words.text("requests.kind_\(said.kind)") }
        return values
      },
      "comment": (form["comment"] ?? "").shownText(limit: 4_000), "longest": ReportText.longestComment,
      "is_other": form["category"] == Report.Category.other.rawValue, "forward": form["forward"] == "on",
      "block": form["block"] == "on",
    ]) { $1 }
    if let problem {
      let text = pages.text("report.\(problem)", ["most": String(ReportText.longestComment)])
      let isInComment = problem == "comment_long"
      values["problem"] = ["field": isInComment ? "comment" : "said", "text": text]
      if isInComment { values["comment_problem"] = text }
    }
    return pages.page(
      "report", words: "report", values, fill: fill, nav: "requests", back: "/requests",
      status: problem == nil ? .ok : .unprocessableContent, session: session)
  }
}

extension ReportDraft {
  /// Whom moderators would be told about, if that is known.
  var account: ReportedAccount? {
    if case .account(let account) = subject { account } else { nil }
  }
}

extension MessageRequest {
  /// The messages of these names (``ReportText/name(of:)``), in their order; `nil` if one of them does not wait any more.
  func said(named names: [String]) -> [Said]? {
    let wanted = Set(names)
    let found = said.filter { wanted.contains(ReportText.name(of: $0)) }
    return Set(found.map { ReportText.name(of: $0) }) == wanted ? found : nil
  }
}

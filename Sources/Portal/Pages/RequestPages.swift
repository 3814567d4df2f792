// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import Hummingbird

/// Who waits for the member's answer: people who ask to be contacts, first messages from people out of reach; and calls
/// that did not ring.
struct RequestPages: Sendable {
  let accounts: Accounts
  let pages: PageRenderer
  let waiting: WaitingCounts

  func add(to routes: Routes) {
    routes.page(.get, "/requests", .readOwn, use: show)
    routes.page(.post, "/requests/contact", .changeOwn, use: answerContact)
    routes.page(.post, "/requests/message", .changeOwn, use: answerMessage)
  }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let id = session.account.id
    let overview = try await accounts.contacts(of: id)
    let messages: [MessageRequest]?
    do {
      messages = try await accounts.messageRequests(of: id)
    } catch let error as AccountsError where error.code == .chatServerAway {
      messages = nil
    }
    let calls = session.account.services.contains(.sip) ? try await accounts.quietCalls(of: id) : []
    waiting.note(overview.asking.count + (messages?.count ?? 0), for: id)
    let any = !overview.asking.isEmpty || messages?.isEmpty == false || !calls.isEmpty
    return pages.page(
      "requests", words: "requests",
      [
        "chat_on": session.account.services.contains(.xmpp),
        "asking": overview.asking.map(pages.asking), "asking_any": !overview.asking.isEmpty,
        "messages": (messages ?? []).map { message($0, session) }, "messages_any": messages?.isEmpty == false,
        "messages_unknown": messages == nil, "empty": !any && messages != nil,
        "calls_missed": calls.map { call in
          var values = pages.person(call.caller)
          values["at"] = pages.dates.moment(call.at)
          return values
        },
        "calls_any": !calls.isEmpty,
        "who_waits": pages.text("requests.who_\(session.account.privacy.chatReach)", for: session),
      ], nav: "requests", flash: pages.flash(visit, "requests"), session: session)
  }

  private func message(_ request: MessageRequest, _ session: Session) -> [String: Any] {
    var values = pages.person(request.sender)
    values["last"] = pages.dates.moment(request.last)
    values["said"] = request.said.map { said in
      let text = said.text.shownText()
      var values: [String: Any] = ["text": text, "has_text": !text.isEmpty]
      if said.kind != .message { values["kind"] = pages.words.text("requests.kind_\(said.kind)") }
      return values
    }
    let unseen = request.count - request.said.count
    if unseen > 0 { values["more"] = pages.counted("requests.more", unseen) }
    let fill = ["who": request.sender.description.shownName(limit: 300)]
    values["accept_label"] = pages.words.text("requests.accept_label", fill)
    values["refuse_label"] = pages.words.text("requests.refuse_label", fill)
    values["report_label"] = pages.words.text("requests.report_label", fill)
    values["query"] = request.sender.query
    return values
  }

  @Sendable private func answerContact(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let address = try Address(visit.form["address"] ?? "")
    let accept = try choice(visit.form["do"], yes: "accept", no: "decline")
    do {
      try await accounts.answer(asking: address, accept: accept, of: session.account.id, by: .member)
    } catch let error as AccountsError where error.code == .noSuchContact {
      return .redirect(to: "/requests?done=gone", type: .normal)
    }
    return .redirect(to: "/requests?done=\(accept ? "accepted" : "declined")", type: .normal)
  }

  @Sendable private func answerMessage(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let address = try Address(visit.form["address"] ?? "")
    let accept = try choice(visit.form["do"], yes: "accept", no: "refuse")
    do {
      try await accounts.answer(request: address, accept: accept, of: session.account.id, by: .member)
    } catch let error as AccountsError where error.code == .noSuchContact {
      return .redirect(to: "/requests?done=gone", type: .normal)
    }
    return .redirect(to: "/requests?done=\(accept ? "let-through" : "refused")", type: .normal)
  }

  private func choice(_ text: String?, yes: String, no: String) throws -> Bool {
    switch text {
    case yes: true
    case no: false
    default: throw PortalError(.badRequest)
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Foundation
import HTTPTypes
import HomeServer
import Hummingbird

extension API {
  /// What would be told to whom. Whoever wrote does not learn that it was read.
  @Sendable func showReport(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let sender = try address(visit.query("from") ?? "", "from")
    return try answer(
      APIRecord.ReportPreview(try await accounts.reportDraft(about: sender, by: session), at: settings.origin)
    )
  }

  @Sendable func sendReport(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let body = try await JSONBody(
      visit, fields: ["from", "account", "category", "comment", "said", "forward", "block"])
    let sender = try address(try body.string("from"), "from")
    guard let category = Report.Category(rawValue: try body.string("category")) else {
      let known = Report.Category.allCases.map(\.rawValue).joined(separator: ", ")
      throw APIProblem(
        .badRequest, cause: "“category” is none of the words that it can be.", remedy: "It knows: \(known).",
        field: "category")
    }
    let comment = try body.string("comment")
    guard comment.unicodeScalars.count <= ReportText.longestComment else {
      throw APIProblem(
        .badRequest, cause: "“comment” is too long.",
        remedy: "At most \(ReportText.longestComment) characters.", field: "comment")
    }
    let (names, account) = (try body.strings("said"), try body.string("account"))
    let (forward, block) = (try body.bool("forward"), try body.bool("block"))
    let draft = try await accounts.reportDraft(about: sender, by: session)
    guard let quoted = draft.request.said(named: names) else {
      throw APIProblem(
        .badRequest, cause: "“said” names a message that does not wait.", remedy: "Ask for the draft again.",
        field: "said")
    }
    let text = ReportText(
      comment: comment, sender: sender, isVerified: draft.account?.isVerified ?? false, quoted: quoted)
    let isRefused = try await accounts.report(
      MemberReport(
        sender: sender, account: account, comment: text.composed(words), category: category,
        isForwarded: forward, blocks: block), by: session)
    return try answer(APIRecord.Reported(refused: isRefused))
  }
}

extension APIRecord {
  struct ReportPreview: Encodable {
    struct Account: Encodable {
      let id: String
      let handle: String
      let verified: Bool
      let elsewhere: Bool
    }

    struct Said: Encodable {
      let name: String
      let at: Date
      let kind: String
      let text: String
    }

    let from: String
    /// `null` if the home server knows none that could be meant.
    let account: Nullable<Account>
    let allowed: Bool
    /// Where the member can do all of this, and allow it.
    let page: String
    let said: [Said]

    init(_ draft: ReportDraft, at origin: String) {
      let sender = draft.request.sender
      from = sender.description
      account = Nullable(
        draft.account.map {
          Account(
            id: $0.id, handle: $0.handle.description, verified: $0.isVerified, elsewhere: $0.isElsewhere)
        })
      allowed = draft.isAllowed
      page = origin + ReportPages.path(about: sender.description)
      said = draft.request.said.map {
        Said(
          name: ReportText.name(of: $0), at: $0.at.date, kind: $0.kind.rawValue, text: $0.text.shownText())
      }
    }
  }

  struct Reported: Encodable {
    /// Not, if the chat server went away meanwhile: then the request still waits.
    let refused: Bool
  }
}

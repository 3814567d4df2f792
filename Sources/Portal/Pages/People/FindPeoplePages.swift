// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import Hummingbird

/// Finding somebody to chat with: by an address, or among the people of the home server.
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
    return pages.page(
      "find", words: "find", values, nav: "people", status: problem == nil ? .ok : .unprocessableContent,
      session: session)
  }
}

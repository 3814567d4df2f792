// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import HTTPTypes
import Hummingbird

/// Where the home server's own page trades its token for a ticket. nginx hands `/trunkline/ticket` on the home server's host
/// on to here, so that the token never leaves the origin that it belongs to.
struct TicketDesk: Sendable {
  static let path = "/embed/ticket"

  private let accounts: Accounts
  private let problems: ProblemEdge

  init(accounts: Accounts, pages: PageRenderer) {
    self.accounts = accounts
    problems = ProblemEdge(pages)
  }

  private struct Answer: Encodable {
    let ticket: String
    let expiresIn: Int64
  }

  func add(to routes: Routes) {
    routes.call(.post, Self.path, .askTicket) { visit in
      try await problems.answering(visit.context) { try await trade(visit) }
    }
  }

  private func trade(_ visit: Visit) async throws -> Response {
    // There is nothing to say in it; that it is JSON is what no form of another site can send.
    _ = try await JSONBody(visit, fields: [])
    guard let token = Self.token(visit.request.headers[.authorization]) else {
      throw APIProblem(
        .signedOut, cause: "There is no token in the header Authorization.",
        remedy: "Send it as “Bearer” with a token of the home server's page.")
    }
    let ticket = try await WebProblem.explaining { try await accounts.ticket(forPage: token) }
    return try API.answer(Answer(ticket: ticket.secret.reveal(), expiresIn: ticket.life))
  }

  /// RFC 6750, section 2.1.
  private static func token(_ header: String?) -> Secret? {
    let words = (header ?? "").split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard words.count == 2, words[0].lowercased() == "bearer", (1...512).contains(words[1].utf8.count),
      words[1].utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return nil }
    return Secret(String(words[1]))
  }
}

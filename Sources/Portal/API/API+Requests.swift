// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import Hummingbird

extension API {
  /// Those who wrote do not learn that it was read.
  @Sendable func listRequests(_ visit: Visit) async throws -> Response {
    let requests = try await accounts.messageRequests(of: visit.member().account.id)
    return try answer(APIRecord.Requests(requests: requests.map(APIRecord.Request.init)))
  }

  @Sendable func answerRequest(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let body = try await JSONBody(visit, fields: ["from", "accept"])
    let sender = try address(try body.string("from"), "from")
    try await accounts.answer(
      request: sender, accept: body.bool("accept"), of: session.account.id, by: .member)
    return Self.done
  }

  @Sendable func listQuietCalls(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let calls = try await accounts.quietCalls(of: session.account.id)
    return try answer(
      APIRecord.QuietCalls(calls: calls.map { .init(caller: $0.caller.description, at: $0.at.date) }))
  }
}

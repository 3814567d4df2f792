// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import Hummingbird

extension API {
  /// Who is meant by what a member has typed or clicked: `@name@server`, `name@server`, `xmpp:…`. Another server may be asked
  /// because of it, later; “complete” says whether to ask again.
  @Sendable func lookUp(_ visit: Visit) async throws -> Response {
    let id = try visit.member().account.id
    guard let text = visit.query("address"), !text.isEmpty else {
      throw APIProblem(
        .badRequest, cause: "“address” is missing.", remedy: "Give it in the query: ?address=name@server.",
        field: "address")
    }
    let address = try StatedAddress(uri: text)?.address ?? self.address(text, "address")
    guard address.local != nil else {
      throw APIProblem(
        .badRequest, cause: "That is a server and not a person.",
        remedy: "Give the name too: name@\(address.domain).", field: "address")
    }
    let report = try await accounts.reachability(of: [address], for: id)
    return try answer(
      APIRecord.LookedUp(
        address: address.description, name: Nullable(try await accounts.shownName(of: address, for: id)),
        chat: APIRecord.Way(report.reachability(of: address, by: .xmpp)),
        calls: APIRecord.Way(report.reachability(of: address, by: .sip)), complete: report.isComplete))
  }
}

extension APIRecord {
  struct LookedUp: Encodable {
    let address: String
    let name: Nullable<String>
    let chat: Way
    let calls: Way
    let complete: Bool
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Foundation
import HTTPTypes
import Hummingbird

extension API {
  /// The member's history of calls.
  func addCalls(_ call: Call) {
    call(.get, "calls", .readOwn, listCalls)
    call(.delete, "calls", .changeOwn, clearCalls)
    call(.delete, "calls/{id}", .changeOwn, removeCall)
  }

  @Sendable private func listCalls(_ visit: Visit) async throws -> Response {
    let id = try visit.member().account.id
    var before: CallID?
    if let text = visit.query("before") {
      before = CallID(text)
      guard before != nil else {
        throw APIProblem(
          .badRequest, cause: "“before” is not the id of a call.",
          remedy: "Take the id of the last call that this gave, or leave it out.", field: "before")
      }
    }
    let calls = try await accounts.callHistory(of: id, before: before)
    return try answer(
      APIRecord.Calls(calls: calls.map { APIRecord.HistoryCall($0, domain: settings.domain) }))
  }

  @Sendable private func clearCalls(_ visit: Visit) async throws -> Response {
    try await accounts.clearCalls(of: visit.member().account.id, by: .member)
    return Self.done
  }

  @Sendable private func removeCall(_ visit: Visit) async throws -> Response {
    let id = try visit.member().account.id
    // What cannot be the id of any call is of none.
    guard let call = visit.parameter("id").flatMap({ CallID($0) }) else { throw PortalError(.notFound) }
    try await accounts.removeCall(call, of: id, by: .member)
    return Self.done
  }
}

extension APIRecord {
  struct HistoryCall: Encodable {
    let id: String
    let address: String
    let name: String
    /// `in` or `out`.
    let direction: String
    let at: Date
    /// `null` if nobody talked.
    let seconds: Nullable<Int64>
    let outcome: String

    init(_ call: Directory.HistoryCall, domain: String) {
      id = call.id.text
      address = Handle(name: call.other, domain: domain).description
      name = call.displayName.shownName()
      direction = call.direction.rawValue
      at = call.at.date
      seconds = Nullable(call.seconds)
      outcome = call.outcome.rawValue
    }
  }

  struct Calls: Encodable {
    let calls: [HistoryCall]
  }
}

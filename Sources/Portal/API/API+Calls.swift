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
    call(.post, "calls", .changeOwn, noteCall)
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

  /// For calls that went another way than by the call server: the client says how they were.
  @Sendable private func noteCall(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let body = try await JSONBody(
      visit, fields: ["id", "address", "direction", "at", "answered_at", "ended_at", "outcome"])
    func refused(_ field: String, _ remedy: String) -> APIProblem {
      APIProblem(.badRequest, cause: "“\(field)” is not what it should be.", remedy: remedy, field: field)
    }
    guard let id = CallID(try body.string("id")) else {
      throw refused("id", "Give 8 to 128 letters, digits, - and _.")
    }
    let other = try address(try body.string("address"), "address")
    guard other.local != nil else {
      throw refused("address", "Give somebody's address, like name@example.org.")
    }
    guard let direction = HistoryCall.Direction(rawValue: try body.string("direction")) else {
      throw refused("direction", "It is in or out.")
    }
    guard let outcome = CallOutcome(rawValue: try body.string("outcome")) else {
      throw refused(
        "outcome", "It is one of \(CallOutcome.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    guard let at = try body.optionalDate("at") else { throw refused("at", "Say when the call began.") }
    let answered = try body.optionalDate("answered_at").map { Timestamp($0) }
    let ended = try body.optionalDate("ended_at").map { Timestamp($0) }
    guard (answered == nil) == (ended == nil) else {
      throw refused("ended_at", "Give answered_at and ended_at, or neither.")
    }
    let seconds = answered.flatMap { answered in ended.map { $0 - answered } }
    try await accounts.note(
      HistoryCall(
        id: id, other: HistoryCall.Party(other, at: settings.domain), displayName: "", direction: direction,
        at: Timestamp(at), seconds: seconds, outcome: outcome), of: session.account.id)
    return Self.done
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
      address = call.other.address(at: domain).description
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

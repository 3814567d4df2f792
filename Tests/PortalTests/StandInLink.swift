// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Storage
import Synchronization

/// A chat server's side of the link, as far as pages need one: it keeps what it is told. What the chat server itself does
/// with that is tested with the chat server.
final class StandInLink: ChatLink {
  struct Desk: Sendable {
    var books: [Name: ContactBook] = [:]
    var requests: [Name: [MessageRequest]] = [:]
    var answers: [String] = []
    var sight = Sight(online: 0, seenBy: [])
    /// Members whom it does not know, since they have never had an app.
    var unknown: Set<Name> = []
    /// Whether it answers at all.
    var isAway = false
    /// Whom it does not want to ask.
    var refuses: Set<Address> = []
    /// How long it takes to answer what waits.
    var delay: Duration = .zero
  }

  private let desk = Mutex(Desk())

  func set(_ change: @Sendable (inout Desk) -> Void) { desk.withLock { change(&$0) } }
  var now: Desk { desk.withLock { $0 } }

  private func answering<Value: Sendable>(_ body: @Sendable (inout Desk) throws -> Value) throws -> Value {
    try desk.withLock { desk in
      if desk.isAway { throw ChatLinkError(.unavailable, cause: "It is away.") }
      return try body(&desk)
    }
  }

  func state() async -> ChatLinkState {
    now.isAway ? .lost(cause: "It is away.") : .connected(since: Timestamp(seconds: 1))
  }
  func hints() async -> AsyncStream<Void> { AsyncStream { $0.finish() } }
  func changes(after mark: JournalMark?) async throws -> JournalPage {
    let last = mark?.sequence ?? 0
    return JournalPage(
      names: nil, mark: JournalMark(epoch: "e", sequence: last == 0 ? 1 : last), hasMore: false)
  }
  func book(of name: Name) async throws -> ContactBook {
    try answering { $0.books[name] ?? ContactBook() }
  }

  func perform(_ act: ContactAct, _ address: Address, of name: Name) async throws {
    try answering { desk in
      if desk.refuses.contains(address) { throw ChatLinkError(.refused, cause: "No.") }
      var book = desk.books[name] ?? ContactBook()
      book.contacts.removeAll { $0.address == address }
      book.asking.removeAll { $0.address == address }
      switch act {
      case .ask: book.contacts.append(Contact(address: address, subscription: .none, isAsked: true))
      case .accept: book.contacts.append(Contact(address: address, subscription: .both))
      case .block: book.blocked.insert(.address(address.description))
      case .remove, .decline: break
      }
      desk.books[name] = book
      desk.answers.append("\(act.rawValue) \(address)")
    }
  }

  func messageRequests(of name: Name) async throws -> [MessageRequest] {
    let delay = now.delay
    if delay > .zero { try await Task.sleep(for: delay) }
    return try answering { desk in
      if desk.unknown.contains(name) { throw ChatLinkError(.notFound, cause: "No such member.") }
      return desk.requests[name] ?? []
    }
  }

  func answer(_ sender: Address, accept: Bool, of name: Name) async throws {
    try answering { desk in
      guard desk.requests[name]?.contains(where: { $0.sender == sender }) == true else {
        throw ChatLinkError(.notFound, cause: "Nothing waits.")
      }
      desk.requests[name]?.removeAll { $0.sender == sender }
      desk.answers.append("\(accept ? "let through" : "refuse") \(sender)")
    }
  }

  func whatIsSeen(of name: Name) async throws -> Sight { try answering { $0.sight } }
  func tell(_ name: Name, _ text: String) async throws {}
  func tell(_ name: Name, missed call: MissedCall, isLate: Bool, _ text: String) async throws {}
}

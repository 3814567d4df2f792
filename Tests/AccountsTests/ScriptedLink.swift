// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Storage
import Synchronization

@testable import Accounts

/// A link whose other end does as the test says: what matters here is what happens when it fails, and how often something
/// is said. What the real chat server does with it is tested against the real chat server.
final class ScriptedLink: ChatLink {
  struct Script: Sendable {
    var isUp = true
    /// What the next acts end with; then all is well.
    var failures: [ChatLinkError] = []
    var acts: [String] = []
    var books: [Name: ContactBook] = [:]
    /// Whose contacts cannot be read.
    var unreadable: [Name: ChatLinkError.Code] = [:]
    var pages: [JournalPage] = []
    var requests: [MessageRequest] = []
    var told: [String] = []
  }

  let script = Mutex(Script())

  func state() -> ChatLinkState {
    script.withLock { $0.isUp } ? .connected(since: Timestamp(seconds: 1)) : .lost(cause: "It is down.")
  }

  func hints() -> AsyncStream<Void> { AsyncStream { $0.finish() } }

  func changes(after mark: JournalMark?) throws -> JournalPage {
    try script.withLock { script in
      guard script.isUp else { throw ChatLinkError(.unavailable, cause: "down") }
      if script.pages.isEmpty {
        return JournalPage(names: [], mark: mark ?? JournalMark(epoch: "e", sequence: 0), hasMore: false)
      }
      return script.pages.removeFirst()
    }
  }

  func book(of name: Name) throws -> ContactBook {
    try script.withLock { script in
      if let code = script.unreadable[name] { throw ChatLinkError(code, cause: "It cannot be read.") }
      guard let book = script.books[name] else { throw ChatLinkError(.notFound, cause: "nobody") }
      return book
    }
  }

  func perform(_ act: ContactAct, _ address: Address, of name: Name) throws {
    try script.withLock { script in
      script.acts.append("\(name) \(act.rawValue) \(address)")
      if !script.failures.isEmpty { throw script.failures.removeFirst() }
    }
  }

  func messageRequests(of name: Name) -> [MessageRequest] { script.withLock { $0.requests } }

  func answer(_ sender: Address, accept: Bool, of name: Name) {
    script.withLock { $0.acts.append("\(name) \(accept ? "lets in" : "refuses") \(sender)") }
  }

  func whatIsSeen(of name: Name) -> Sight { Sight(online: 1, seenBy: []) }
  func tell(_ name: Name, missed call: MissedCall, isLate: Bool, _ text: String) throws {
    try script.withLock { script in
      script.told.append(
        "\(name): missed-\(call.id) \(call.caller) \(call.at.seconds) \(isLate ? "late: " : "")\(text)")
      if !script.failures.isEmpty { throw script.failures.removeFirst() }
    }
  }
  func tell(_ name: Name, _ text: String) { script.withLock { $0.told.append("\(name): \(text)") } }
}

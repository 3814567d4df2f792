// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials

/// Questions that wait for an answer, each known by its id and by who may answer. Pure: the time is passed in, and who
/// waits is whatever the caller says.
///
/// An answer of somebody else, one that comes twice, or too late, is nobody's and dropped.
struct LinkRequests<Waiter> {
  private struct Open {
    let to: String
    let deadline: Duration
    let waiter: Waiter
  }

  private let limit: Int
  private var open: [String: Open] = [:]

  init(limit: Int) { self.limit = limit }

  var count: Int { open.count }
  var isEmpty: Bool { open.isEmpty }

  /// 80 random bits: nobody but who was asked can name it.
  static func makeID(_ random: RandomBytes) -> String { random.base32(16) }

  /// - Throws: ``LinkError`` `busy` if too many wait.
  mutating func add(_ id: String, to: String, deadline: Duration, waiter: Waiter) throws(LinkError) {
    guard open.count < limit, open[id] == nil else {
      throw LinkError(
        .busy, cause: "More than \(limit) questions wait for the chat server.",
        remedy: "Try again in a moment.")
    }
    open[id] = Open(to: to, deadline: deadline, waiter: waiter)
  }

  /// Who waits for this answer, if somebody does, and what it is.
  mutating func answer(_ stanza: Element) -> (waiter: Waiter, result: Result<Element, LinkError>)? {
    guard let waiter = take(stanza) else { return nil }
    return (waiter, stanza["type"] == "result" ? .success(stanza) : .failure(LinkError(stanzaError: stanza)))
  }

  /// Who waits for an answer of which only the outermost element is known.
  mutating func take(_ head: Element) -> Waiter? {
    guard let id = head["id"], let request = open[id], head["from"] == request.to else { return nil }
    return open.removeValue(forKey: id)?.waiter
  }

  /// Nobody waits for it any more.
  mutating func cancel(_ id: String) -> Waiter? { open.removeValue(forKey: id)?.waiter }

  /// Who has waited too long.
  mutating func expire(_ now: Duration) -> [Waiter] {
    let late = open.filter { $0.value.deadline <= now }
    for id in late.keys { open[id] = nil }
    return late.values.map(\.waiter)
  }

  /// The stream is gone, and no answer can come.
  mutating func lose() -> [Waiter] {
    defer { open = [:] }
    return open.values.map(\.waiter)
  }
}

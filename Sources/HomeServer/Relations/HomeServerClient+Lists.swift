// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation

extension HomeServerClient {
  /// Reads a list over all its pages.
  ///
  /// The list may change between two pages: what is there twice counts once, and what is taken out or put in meanwhile
  /// may be seen or not, as with any list. Pages that lead back to where we were, or show nothing new again and again,
  /// or never end, or have nothing on them that can be read, are an error, and nothing is returned.
  /// - Parameters:
  ///   - path: of the API, with nothing in it that needs encoding.
  ///   - size: how long a page to ask for.
  ///   - read: makes an entry of what is on the page; what it returns `nil` for is left out.
  ///   - key: what makes two entries the same.
  func list<Wire: Decodable & Sendable, Entry: Sendable>(
    _ purpose: String, _ path: String, size: Int, token: Secret?, pagesLink: Bool = true, limits: ListLimits,
    key: (Entry) -> String, read: (Wire) -> Entry?
  ) async throws(HomeServerError) -> Listing<Entry> {
    var entries: [Entry] = []
    var isPartial = false
    var seen: Set<String> = []
    var places: Set<String> = []
    var below: String?
    var idle = 0
    var waits = 0
    for _ in 0..<limits.pages {
      let query = [("limit", String(size))] + (below.map { [("max_id", $0)] } ?? [])
      var request = HomeRequest.get(
        purpose, origin.url(path, query: query), token: token, urgency: .background)
      request.longest = limits.pageBytes
      let reply = try await patiently(request, waits: &waits, limits)
      guard reply.isJSON else { throw Self.oddList("is not a list", purpose) }
      let page = try reply.decode([Readable<Wire>].self, for: purpose)
      let readable = page.compactMap(\.value)
      guard page.isEmpty || !readable.isEmpty else {
        throw Self.oddList("has no entry that makes sense", purpose)
      }
      if readable.count < page.count { isPartial = true }
      let before = entries.count
      for entry in readable.compactMap(read) where seen.insert(key(entry)).inserted {
        guard entries.count < limits.entries else { return Listing(entries: entries, isCut: true) }
        entries.append(entry)
      }
      guard let next = try PageLink.next(reply.link, purpose: purpose) else {
        return Listing(
          entries: entries,
          isCut: isPartial || (!pagesLink && reply.link == nil && page.count >= min(size, 40)))
      }
      guard places.insert(next).inserted else { throw Self.oddList("leads round in a circle", purpose) }
      // Two pages of a list that changes may overlap altogether once, and pages may be empty: their people are hidden.
      idle = entries.count == before && !page.isEmpty ? idle + 1 : 0
      guard idle < 3 else { throw Self.oddList("repeats itself", purpose) }
      below = next
    }
    throw Self.oddList("has no end", purpose)
  }

  /// Asks, and waits when the home server says so, a few times and not for ever.
  func patiently(
    _ request: HomeRequest, waits: inout Int, _ limits: ListLimits
  ) async throws(HomeServerError) -> HomeReply {
    while true {
      do throws(HomeServerError) { return try await askReply(request) } catch {
        guard let wait = error.retryAfter, wait <= limits.longestWait, waits < limits.waits else {
          throw error
        }
        waits += 1
        let pacer = wire.pacer
        do { try await limits.resting { try await pacer.rest(wait) } } catch {
          throw (error as? HomeServerError)
            ?? HomeServerError(.cancelled, cause: "The list was given up.", remedy: "Ask again.")
        }
      }
    }
  }

  private static func oddList(_ what: String, _ purpose: String) -> HomeServerError {
    HomeServerError(
      .notUnderstood, cause: "The home server's list (\(purpose)) \(what).",
      remedy:
        "Check that the address leads to the home server itself; if it does, tell us its software and version."
    )
  }
}

/// What can be read of an entry: one that cannot must not hide the others. Since it may stand for anybody, the list then
/// counts as cut.
private struct Readable<Value: Decodable & Sendable>: Decodable, Sendable {
  let value: Value?

  init(from decoder: any Decoder) throws { value = try? Value(from: decoder) }
}

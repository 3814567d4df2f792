// SPDX-License-Identifier: AGPL-3.0-or-later

/// A list of the home server, read over all its pages.
public struct Listing<Entry: Sendable>: Sendable {
  /// In the server's order, each once.
  public let entries: [Entry]
  /// Whether there is more than was read: beyond ``ListLimits/entries``, on a server whose pages do not link to each
  /// other, or in entries that make no sense.
  public let isCut: Bool

  public init(entries: [Entry], isCut: Bool) {
    self.entries = entries
    self.isCut = isCut
  }
}

extension Listing: Equatable where Entry: Equatable {}

/// How much of one list is read.
public struct ListLimits: Sendable {
  /// Does what it is given, which may take as long as the home server says.
  public typealias Resting = @Sendable (@Sendable () async throws -> Void) async throws -> Void

  /// Lists are cut there.
  public var entries: Int
  /// A list that has not ended by then has no end.
  public var pages: Int
  /// Of one page, in bytes: profiles come with it.
  public var pageBytes: Int
  /// How often the home server's word to wait is followed within one list, and how long each time at most.
  public var waits: Int
  public var longestWait: Duration
  /// Around each of these waits, for who has something to hand on meanwhile.
  public var resting: Resting = { try await $0() }

  public init(
    entries: Int = 20_000, pages: Int = 800, pageBytes: Int = 8 << 20, waits: Int = 6,
    longestWait: Duration = .seconds(600)
  ) {
    self.entries = entries
    self.pages = pages
    self.pageBytes = pageBytes
    self.waits = waits
    self.longestWait = longestWait
  }
}

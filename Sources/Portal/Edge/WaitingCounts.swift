// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import Hummingbird
import Synchronization

/// How many people wait for each member's answer, for the navigation of every page. Counted anew at most once in ten
/// seconds, and never waited for longer than a moment: a page does not hang with the chat server.
final class WaitingCounts: RouterMiddleware {
  typealias Context = PortalContext

  private struct Entry {
    var count: Int
    var countedAt: Timestamp
  }

  /// In seconds.
  private static let life: Int64 = 10
  private static let patience: Duration = .milliseconds(300)
  private static let most = 10_000

  private let accounts: Accounts
  private let clock: WallClock
  private let entries = Mutex<[Account.ID: Entry]>([:])

  init(accounts: Accounts, clock: @escaping WallClock) {
    self.accounts = accounts
    self.clock = clock
  }

  func count(for id: Account.ID) -> Int { entries.withLock { $0[id]?.count ?? 0 } }

  /// What a page has just counted itself.
  func note(_ count: Int, for id: Account.ID) {
    let now = clock()
    entries.withLock { entries in
      if entries.count >= Self.most { entries.removeAll() }
      entries[id] = Entry(count: count, countedAt: now)
    }
  }

  func handle(
    _ request: Request, context: PortalContext, next: (Request, PortalContext) async throws -> Response
  ) async throws -> Response {
    guard let account = context.session?.account, account.services.contains(.xmpp), !context.isAPI,
      !request.uri.path.hasPrefix("/assets/")
    else { return try await next(request, context) }
    if request.method == .get { await refresh(account.id) }
    let response = try await next(request, context)
    // It may have been an answer.
    if request.method == .post { entries.withLock { $0[account.id]?.countedAt = Timestamp(seconds: 0) } }
    return response
  }

  private func refresh(_ id: Account.ID) async {
    let now = clock()
    let isDue = entries.withLock { entries in
      guard let entry = entries[id] else {
        entries[id] = Entry(count: 0, countedAt: now)
        return true
      }
      guard now - entry.countedAt >= Self.life else { return false }
      // One page at a time counts.
      entries[id]?.countedAt = now
      return true
    }
    guard isDue else { return }
    let (end, mark) = AsyncStream.makeStream(of: Void.self)
    Task {
      let asking = (try? await accounts.contacts(of: id).asking.count) ?? 0
      let messages = (try? await accounts.messageRequests(of: id).count) ?? 0
      note(asking + messages, for: id)
      mark.finish()
    }
    Task {
      try? await Task.sleep(for: Self.patience)
      mark.finish()
    }
    for await _ in end {}
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation

/// Keeps us within the home server's limits: remembers what each answer says is left, makes short waits, and
/// refuses what would have to wait long, with the time.
///
/// One for a home server. Polling (``Urgency/background``) leaves a tenth of each allowance to persons.
public actor Pacer {
  private struct Account {
    var remaining: Int
    var reserve: Int
    var resetAt: Date
    var closedUntil: Date?
  }

  private let now: @Sendable () -> Date
  private let sleep: @Sendable (Duration) async throws -> Void
  private let longestWait: Duration
  private var accounts: [Allowance: Account] = [:]

  /// - Parameters:
  ///   - longestWait: longer waits are refused with `rateLimited` instead.
  ///   - now: the time; passed in so that a test can say.
  ///   - sleep: waits; throws when the task is cancelled.
  public init(
    longestWait: Duration = .seconds(2), now: @escaping @Sendable () -> Date = { Date() },
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) {
    self.longestWait = longestWait
    self.now = now
    self.sleep = sleep
  }

  /// Returns when the request may go out.
  /// - Throws: `rateLimited` with `retryAfter`, or `cancelled`.
  func admit(_ allowance: Allowance, _ urgency: Urgency) async throws(HomeServerError) {
    // Twice at most: after a wait somebody else may have used up what was new.
    for _ in 0..<2 {
      guard let wait = delay(allowance, urgency) else {
        accounts[allowance]?.remaining -= 1
        return
      }
      guard wait <= longestWait, urgency == .person else { throw Self.limited(retryAfter: wait) }
      try await rest(wait)
    }
    if let wait = delay(allowance, urgency) { throw Self.limited(retryAfter: wait) }
    accounts[allowance]?.remaining -= 1
  }

  /// Waits until a time that the home server named.
  /// - Throws: `cancelled`.
  func rest(_ wait: Duration) async throws(HomeServerError) {
    do { try await sleep(wait) } catch {
      throw HomeServerError(
        .cancelled, cause: "The request was given up before it was sent.", remedy: "Ask again.")
    }
  }

  /// Takes note of an answer.
  func note(_ notice: RateLimitNotice, status: Int, for allowance: Allowance) {
    let time = now()
    // Forget what is over, so that the memory is bounded by the tokens in use within one window.
    if accounts.count > 1_000 {
      accounts = accounts.filter { $0.value.resetAt > time || ($0.value.closedUntil ?? time) > time }
    }
    if let remaining = notice.remaining, let resetIn = notice.resetIn {
      let limit = notice.limit ?? remaining
      let resetAt = time.addingTimeInterval(resetIn)
      // Answers may overtake each other: within one window the smaller number is the newer one.
      let same = accounts[allowance].map { abs($0.resetAt.timeIntervalSince(resetAt)) < 2 } ?? false
      let known = same ? accounts[allowance]?.remaining ?? remaining : remaining
      accounts[allowance] = Account(
        remaining: min(known, remaining), reserve: limit / 10, resetAt: resetAt,
        closedUntil: accounts[allowance]?.closedUntil)
    }
    if status == 429 || (status == 503 && notice.retryAfter != nil) {
      let pause = notice.retryAfter ?? notice.resetIn ?? 60
      let until = time.addingTimeInterval(max(1, pause))
      accounts[allowance, default: Account(remaining: 0, reserve: 0, resetAt: until, closedUntil: nil)]
        .closedUntil = until
    }
  }

  /// How long a request has to wait now; `nil` if it may go.
  private func delay(_ allowance: Allowance, _ urgency: Urgency) -> Duration? {
    guard let account = accounts[allowance] else { return nil }
    let time = now()
    if let closed = account.closedUntil, closed > time { return .seconds(closed.timeIntervalSince(time)) }
    guard account.resetAt > time else {
      accounts[allowance] = nil
      return nil
    }
    let floor = urgency == .background ? account.reserve : 0
    guard account.remaining <= floor else { return nil }
    return .seconds(account.resetAt.timeIntervalSince(time))
  }

  static func limited(retryAfter: Duration) -> HomeServerError {
    // Whole seconds, rounded up: this is what is told to people and put into headers.
    let seconds = max(1, retryAfter.components.seconds + (retryAfter.components.attoseconds > 0 ? 1 : 0))
    return HomeServerError(
      .rateLimited, cause: "The home server allows no more requests for now.",
      remedy: "Try again in \(seconds) seconds.", retryAfter: .seconds(seconds))
  }
}

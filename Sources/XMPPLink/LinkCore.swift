// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory

/// All that changes about the link. Whoever changes it holds the lock of ``XMPPLink``; nothing in here waits.
struct LinkCore {
  typealias Waiter = CheckedContinuation<Result<Element, LinkError>, Never>
  typealias Moment = (ticks: Duration, wall: Timestamp)

  let settings: LinkSettings
  var state: LinkState
  var requests: LinkRequests<Waiter>
  var listeners: [Int: AsyncStream<LinkEvent>.Continuation] = [:]
  private var listened = 0

  /// The stream of this moment, and what belongs to it; nil while there is no connection.
  var stream: ComponentStream?
  var keepAlive: KeepAlive
  /// What is to be written, in this order.
  var outbox: AsyncStream<String>.Continuation?
  /// Closes the connection at once.
  var cut: (@Sendable () -> Void)?
  /// Since when the stream has been in a phase that must not last.
  var phaseSince: Duration = .zero
  /// When the server accepted us on this stream.
  var openedAt: Duration?
  /// What ended the stream.
  var outcome: LinkError?

  var isRunning = false
  /// Since when the link is to end for good.
  var stoppingSince: Duration?

  init(settings: LinkSettings, now: Timestamp) {
    self.settings = settings
    state = LinkState(since: now)
    requests = LinkRequests(limit: settings.openRequests)
    keepAlive = KeepAlive(settings.times, now: .zero)
  }

  var currentState: LinkState {
    var now = state
    now.openRequests = requests.count
    return now
  }

  mutating func listen(_ continuation: AsyncStream<LinkEvent>.Continuation) -> Int {
    listened += 1
    listeners[listened] = continuation
    return listened
  }

  func publish(_ event: LinkEvent) {
    for listener in listeners.values { listener.yield(event) }
  }

  mutating func enter(_ phase: LinkState.Phase, _ now: Moment) {
    // Whoever closes does not begin anew.
    let isLast = phase == .closing || phase == .idle
    guard state.phase != phase, stoppingSince == nil || isLast else { return }
    state.phase = phase
    state.since = now.wall
  }

  /// Sends a question, whose answer `waiter` gets later; or says why not, and `waiter` gets nothing.
  mutating func ask(_ texts: String, id: String, to: String, now: Duration, waiter: Waiter) -> LinkError? {
    guard stoppingSince == nil else {
      return LinkError(
        .closing, cause: "The link to the chat server is being closed.", remedy: "Start Trunkline again.")
    }
    guard stream?.phase == .open, let outbox else {
      let cause = state.lastError?.cause ?? "It has not connected yet."
      return LinkError(
        .unreachable, cause: "There is no link to the chat server now. \(cause)",
        remedy: state.lastError?.remedy ?? "Try again in a moment.")
    }
    do throws(LinkError) {
      try requests.add(id, to: to, deadline: now + settings.times.answer, waiter: waiter)
    } catch {
      return error
    }
    switch outbox.yield(texts) {
    case .enqueued: break
    case .dropped:
      _ = requests.cancel(id)
      return LinkError(
        .busy, cause: "The chat server does not take what is sent to it.", remedy: "Try again in a moment.")
    // Being written no more: whoever waits is about to be told.
    case .terminated: break
    @unknown default: break
    }
    keepAlive.sent(now)
    return nil
  }
}

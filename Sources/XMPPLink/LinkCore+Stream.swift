// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory

extension LinkCore {
  mutating func connected(
    _ outbox: AsyncStream<String>.Continuation, cut: @escaping @Sendable () -> Void, _ now: Moment
  ) {
    self.outbox = outbox
    self.cut = cut
    outcome = nil
    openedAt = nil
    phaseSince = now.ticks
    keepAlive = KeepAlive(settings.times, now: now.ticks)
    var stream = ComponentStream(
      component: settings.component, domain: settings.domain, secret: settings.secret)
    var actions = stream.connected()
    // Asked to end while it connected.
    if stoppingSince != nil { actions += stream.close() }
    self.stream = stream
    perform(actions, now)
  }

  mutating func received(_ events: [StanzaParser.Event], _ now: Moment) {
    keepAlive.heard(now.ticks)
    for event in events { drive(now) { $0.handle(event) } }
    settle(now)
  }

  /// Looks at all deadlines.
  mutating func beat(_ now: Moment) {
    for waiter in requests.expire(now.ticks) { waiter.resume(returning: .failure(.unanswered)) }
    let inPhase = now.ticks - phaseSince
    switch stream?.phase {
    case nil, .idle: break
    case .opening, .shaking:
      if inPhase >= settings.times.handshake { drive(now) { $0.timedOut() } }
    case .open:
      settle(now)
      if stream?.phase == .open { keepUp(now) }
    case .closing:
      if inPhase >= settings.times.farewell { drive(now) { $0.timedOut() } }
    case .closed:
      // What was said last is written, or never will be.
      if inPhase >= settings.times.farewell { cut?() }
    }
  }

  /// The connection is gone. Nobody waits after this.
  ///
  /// - Returns: how long the stream was open; nil if it never was.
  mutating func disconnected(_ now: Moment) -> Duration? {
    drive(now) { $0.disconnected() }
    let lived = openedAt.map { now.ticks - $0 }
    outbox?.finish()
    (stream, outbox, cut, openedAt) = (nil, nil, nil, nil)
    state.privileges = nil
    let interruption = LinkError.interrupted(by: outcome?.cause ?? "the link was closed.")
    for waiter in requests.lose() { waiter.resume(returning: .failure(interruption)) }
    // Without an error it was we who closed it.
    if let outcome {
      state.lastError = outcome
      if lived == nil { state.failures += 1 } else { publish(.lost(outcome)) }
    }
    outcome = nil
    return lived
  }

  mutating func notConnected(_ error: LinkError, _ now: Moment) {
    guard state.phase == .connecting else { return }
    state.lastError = error
    state.failures += 1
    enter(.waiting, now)
  }

  /// Ends the stream for good as soon as nobody waits for an answer, or has waited long enough.
  mutating func settle(_ now: Moment) {
    guard let stoppingSince, let phase = stream?.phase, phase != .closing, phase != .closed else { return }
    if phase == .open, !requests.isEmpty, now.ticks - stoppingSince < settings.times.farewell { return }
    drive(now) { $0.close() }
  }

  private mutating func keepUp(_ now: Moment) {
    switch keepAlive.due(now.ticks) {
    case nil: break
    case .space: perform([.send(" ")], now)
    case .ping:
      let ping = Element(
        "iq", LinkNamespace.component,
        ["type": "get", "id": "ping", "to": settings.domain, "from": settings.component],
        [Element("ping", LinkNamespace.ping)])
      if let text = try? ping.serialised(within: LinkNamespace.component) { perform([.send(text)], now) }
    case .dead: drive(now) { $0.timedOut() }
    }
  }

  private mutating func drive(_ now: Moment, _ step: (inout ComponentStream) -> [ComponentStream.Action]) {
    guard var changed = stream else { return }
    let before = changed.phase
    let actions = step(&changed)
    if changed.phase != before { phaseSince = now.ticks }
    stream = changed
    perform(actions, now)
  }

  private mutating func perform(_ actions: [ComponentStream.Action], _ now: Moment) {
    for action in actions {
      switch action {
      case .send(let text):
        keepAlive.sent(now.ticks)
        // Full only if the server does not read: then it is not worth waiting for.
        if case .dropped = outbox?.yield(text) { cut?() }
      case .ready:
        openedAt = now.ticks
        state.streams += 1
        state.failures = 0
        enter(.connected, now)
        publish(.connected)
      case .privileged(let privileges): state.privileges = privileges
      case .answer(let stanza):
        if let (waiter, result) = requests.answer(stanza) { waiter.resume(returning: result) }
      case .unreadable(let head):
        requests.take(head)?.resume(returning: .failure(StanzaBuilder.tooLarge))
      case .changed(let name): publish(.changed(name))
      case .finish: outbox?.finish()
      case .cut: cut?()
      case .ended(let error):
        outcome = error
        // From now on nothing can be asked, though the connection may take a moment to end.
        enter(.waiting, now)
      }
    }
  }
}

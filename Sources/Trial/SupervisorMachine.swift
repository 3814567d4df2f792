// SPDX-License-Identifier: AGPL-3.0-or-later

/// The supervisor's rules, without any process, clock or signal: events go in, actions come out.
///
/// Children start one after the other, each when the one before it is ready, and end in the reverse order. While the
/// trial starts, a child that cannot start ends the trial; later, a child that dies is started again.
struct SupervisorMachine: Sendable {
  /// One run of one child. What belongs to an earlier run is ignored.
  struct Run: Hashable, Sendable {
    var child: Int
    var generation: Int
  }

  enum Phase: String, Codable, Sendable {
    case waiting, starting, ready
    case backingOff = "backing off"
    case stopping, stopped
  }

  struct Child: Sendable {
    var name: String
    var phase: Phase = .waiting
    var generation = 0
    var pid: Int32?
    /// How often it was started again since the trial is up.
    var restarts = 0
    /// Failures in a row, for the back-off.
    var failures = 0
    var lastExit: String?
    /// Whether a process of this run exists or is being made.
    var isAlive = false
  }

  enum Event: Hashable, Sendable {
    case begin
    case spawned(Run, pid: Int32)
    case ready(Run)
    case exited(Run, reason: String)
    case startOverdue(Run)
    case stable(Run)
    case restartDue(Run)
    case graceOver(Run)
    /// The first one ends gently, the second one by force.
    case stop
  }

  enum Action: Hashable, Sendable {
    case spawn(Run)
    case probe(Run)
    case terminate(Run)
    case kill(Run)
    case schedule(Event, after: Duration)
    /// Every child is ready for the first time.
    case announceReady
    case finish(Outcome)
  }

  enum Outcome: Hashable, Sendable {
    case stopped
    case failed(child: String, reason: String)
  }

  struct Times: Sendable {
    var backoff = Backoff()
    var start: Duration = .seconds(60)
    var grace: Duration = .seconds(10)
  }

  private enum Mode: Sendable { case idle, starting, running, stopping, ended }

  private(set) var children: [Child]
  private let times: Times
  private var mode = Mode.idle
  private var forced = false
  private var outcome = Outcome.stopped

  init(names: [String], times: Times = Times()) {
    children = names.map { Child(name: $0) }
    self.times = times
  }

  /// Whether all children were ready at once when this was asked.
  var isReady: Bool { mode == .running && children.allSatisfy { $0.phase == .ready } }

  mutating func handle(_ event: Event) -> [Action] {
    switch event {
    case .begin:
      guard mode == .idle else { return [] }
      mode = .starting
      return startNext()
    case .spawned(let run, let pid):
      guard isCurrent(run) else { return [] }
      children[run.child].pid = pid
      return children[run.child].phase == .stopping ? end(run) : [.probe(run)]
    case .ready(let run):
      return isCurrent(run) && children[run.child].phase == .starting ? becameReady(run) : []
    case .exited(let run, let reason):
      return isCurrent(run) ? exited(run, reason: reason) : []
    case .startOverdue(let run):
      guard isCurrent(run), children[run.child].phase == .starting else { return [] }
      let reason = "was not ready within \(times.start.components.seconds) s"
      return mode == .starting ? fail(run, reason: reason) : [.kill(run)]
    case .stable(let run):
      if isCurrent(run), children[run.child].phase == .ready { children[run.child].failures = 0 }
      return []
    case .restartDue(let run):
      guard isCurrent(run), children[run.child].phase == .backingOff else { return [] }
      return start(run.child)
    case .graceOver(let run):
      return isCurrent(run) && children[run.child].isAlive ? [.kill(run)] : []
    case .stop:
      return stop()
    }
  }

  private func isCurrent(_ run: Run) -> Bool { children[run.child].generation == run.generation }

  private func run(of child: Int) -> Run { Run(child: child, generation: children[child].generation) }

  private mutating func start(_ child: Int) -> [Action] {
    children[child].generation += 1
    children[child].phase = .starting
    children[child].isAlive = true
    return [.spawn(run(of: child)), .schedule(.startOverdue(run(of: child)), after: times.start)]
  }

  private mutating func startNext() -> [Action] {
    guard let next = children.firstIndex(where: { $0.phase == .waiting }) else {
      mode = .running
      return [.announceReady]
    }
    return start(next)
  }

  private mutating func becameReady(_ run: Run) -> [Action] {
    children[run.child].phase = .ready
    let actions = [Action.schedule(.stable(run), after: times.backoff.stableAfter)]
    return mode == .starting ? actions + startNext() : actions
  }

  private mutating func exited(_ run: Run, reason: String) -> [Action] {
    let wasStarting = children[run.child].phase == .starting
    children[run.child].pid = nil
    children[run.child].isAlive = false
    children[run.child].lastExit = reason
    switch mode {
    case .stopping:
      children[run.child].phase = .stopped
      return stopNext()
    case .starting where wasStarting:
      return fail(run, reason: reason)
    case .starting, .running:
      children[run.child].phase = .backingOff
      children[run.child].restarts += 1
      children[run.child].failures += 1
      let delay = times.backoff.delay(afterFailures: children[run.child].failures)
      return [.schedule(.restartDue(run), after: delay)]
    case .idle, .ended:
      return []
    }
  }

  private mutating func fail(_ run: Run, reason: String) -> [Action] {
    outcome = .failed(child: children[run.child].name, reason: reason)
    return stop()
  }

  private mutating func stop() -> [Action] {
    switch mode {
    case .ended:
      return []
    case .stopping:
      forced = true
      return children.indices.reversed().filter { children[$0].isAlive }.map { child in
        children[child].phase = .stopping
        return .kill(run(of: child))
      }
    case .idle, .starting, .running:
      mode = .stopping
      for child in children.indices where !children[child].isAlive { children[child].phase = .stopped }
      return stopNext()
    }
  }

  private mutating func stopNext() -> [Action] {
    guard let last = children.lastIndex(where: \.isAlive) else {
      mode = .ended
      return [.finish(outcome)]
    }
    guard children[last].phase != .stopping else { return [] }
    children[last].phase = .stopping
    // Without a pid yet, the signal follows when the process is there.
    return children[last].pid == nil ? [] : end(run(of: last))
  }

  private func end(_ run: Run) -> [Action] {
    forced ? [.kill(run)] : [.terminate(run), .schedule(.graceOver(run), after: times.grace)]
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Testing

@testable import Trial

@Suite("Supervisor: the rules")
struct SupervisorMachineTests {
  typealias Machine = SupervisorMachine
  typealias Run = SupervisorMachine.Run

  static func run(_ child: Int, _ generation: Int = 1) -> Run { Run(child: child, generation: generation) }

  /// Two children, both ready.
  static func running() -> Machine {
    var machine = Machine(names: ["a", "b"])
    _ = machine.handle(.begin)
    for child in 0...1 {
      _ = machine.handle(.spawned(run(child), pid: Int32(100 + child)))
      _ = machine.handle(.ready(run(child)))
    }
    return machine
  }

  static func spawns(_ actions: [Machine.Action]) -> [Run] {
    actions.compactMap { if case .spawn(let run) = $0 { run } else { nil } }
  }

  @Test("a child is started only when the one before it is ready, and the last one makes the trial ready")
  func order() {
    var machine = Machine(names: ["a", "b"])
    #expect(Self.spawns(machine.handle(.begin)) == [Self.run(0)])
    #expect(machine.handle(.spawned(Self.run(0), pid: 100)) == [.probe(Self.run(0))])
    #expect(Self.spawns(machine.handle(.ready(Self.run(0)))) == [Self.run(1)])
    #expect(!machine.isReady)
    _ = machine.handle(.spawned(Self.run(1), pid: 101))
    #expect(machine.handle(.ready(Self.run(1))).contains(.announceReady))
    #expect(machine.isReady)
  }

  @Test("a child that ends before it was ready ends the start, and what ran is ended in reverse")
  func failingStart() {
    var machine = Machine(names: ["a", "b"])
    _ = machine.handle(.begin)
    _ = machine.handle(.spawned(Self.run(0), pid: 100))
    _ = machine.handle(.ready(Self.run(0)))
    _ = machine.handle(.spawned(Self.run(1), pid: 101))
    let actions = machine.handle(.exited(Self.run(1), reason: "ended with status 1"))
    #expect(actions.contains(.terminate(Self.run(0))))
    let end = machine.handle(.exited(Self.run(0), reason: "was ended by signal 15"))
    #expect(end == [.finish(.failed(child: "b", reason: "ended with status 1"))])
  }

  @Test("a child that is not ready in time ends the start")
  func overdueStart() {
    var machine = Machine(names: ["a"])
    _ = machine.handle(.begin)
    _ = machine.handle(.spawned(Self.run(0), pid: 100))
    #expect(machine.handle(.startOverdue(Self.run(0))).contains(.terminate(Self.run(0))))
    let end = machine.handle(.exited(Self.run(0), reason: "was ended by signal 15"))
    #expect(end == [.finish(.failed(child: "a", reason: "was not ready within 60 s"))])
  }

  @Test("a child that cannot be started at all ends the start")
  func unstartable() {
    var machine = Machine(names: ["a"])
    _ = machine.handle(.begin)
    let end = machine.handle(.exited(Self.run(0), reason: "could not be started"))
    #expect(end == [.finish(.failed(child: "a", reason: "could not be started"))])
  }

  @Test("a child that dies later is started again after the back-off, and no other is touched")
  func restart() {
    var machine = Self.running()
    let actions = machine.handle(.exited(Self.run(0), reason: "was ended by signal 9"))
    #expect(actions == [.schedule(.restartDue(Self.run(0)), after: .milliseconds(250))])
    #expect(machine.children[0].phase == .backingOff && machine.children[1].phase == .ready)
    #expect(!machine.isReady)
    #expect(Self.spawns(machine.handle(.restartDue(Self.run(0)))) == [Self.run(0, 2)])
    _ = machine.handle(.spawned(Self.run(0, 2), pid: 102))
    #expect(!machine.handle(.ready(Self.run(0, 2))).contains(.announceReady))
    #expect(machine.isReady && machine.children[0].restarts == 1)
  }

  @Test("dying again and again waits longer each time, until it was stable for a while")
  func backoff() {
    var machine = Self.running()
    var delays: [Duration] = []
    for generation in 1...4 {
      for action in machine.handle(.exited(Self.run(0, generation), reason: "x")) {
        if case .schedule(_, let delay) = action { delays.append(delay) }
      }
      _ = machine.handle(.restartDue(Self.run(0, generation)))
      _ = machine.handle(.spawned(Self.run(0, generation + 1), pid: 1))
      _ = machine.handle(.ready(Self.run(0, generation + 1)))
    }
    #expect(delays == [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2)])
    _ = machine.handle(.stable(Self.run(0, 5)))
    let actions = machine.handle(.exited(Self.run(0, 5), reason: "x"))
    #expect(actions == [.schedule(.restartDue(Self.run(0, 5)), after: .milliseconds(250))])
  }

  @Test("what an earlier run reports is ignored")
  func stale() {
    var machine = Self.running()
    _ = machine.handle(.exited(Self.run(0), reason: "x"))
    _ = machine.handle(.restartDue(Self.run(0)))
    #expect(machine.handle(.exited(Self.run(0), reason: "x")) == [])
    #expect(machine.handle(.ready(Self.run(0))) == [])
    #expect(machine.handle(.restartDue(Self.run(0))) == [])
    #expect(machine.handle(.stable(Self.run(0))) == [])
    #expect(machine.handle(.graceOver(Self.run(0))) == [])
    #expect(machine.children[0].generation == 2)
  }

  @Test("a later run that hangs is ended by force and counts as a failure")
  func hangingRestart() {
    var machine = Self.running()
    _ = machine.handle(.exited(Self.run(0), reason: "x"))
    _ = machine.handle(.restartDue(Self.run(0)))
    _ = machine.handle(.spawned(Self.run(0, 2), pid: 5))
    #expect(machine.handle(.startOverdue(Self.run(0, 2))) == [.kill(Self.run(0, 2))])
    _ = machine.handle(.exited(Self.run(0, 2), reason: "x"))
    #expect(machine.children[0].restarts == 2)
  }

  @Test("stopping ends one child after the other, the last one first, each gently and then by force")
  func stop() {
    var machine = Self.running()
    #expect(
      machine.handle(.stop) == [
        .terminate(Self.run(1)), .schedule(.graceOver(Self.run(1)), after: .seconds(10)),
      ])
    #expect(machine.handle(.graceOver(Self.run(1))) == [.kill(Self.run(1))])
    let next = machine.handle(.exited(Self.run(1), reason: "x"))
    #expect(next.first == .terminate(Self.run(0)))
    #expect(machine.handle(.exited(Self.run(0), reason: "x")) == [.finish(.stopped)])
    #expect(machine.handle(.graceOver(Self.run(0))) == [])
    #expect(machine.handle(.stop) == [])
  }

  @Test("a second stop ends all at once by force")
  func force() {
    var machine = Self.running()
    _ = machine.handle(.stop)
    #expect(machine.handle(.stop) == [.kill(Self.run(1)), .kill(Self.run(0))])
    #expect(machine.handle(.exited(Self.run(1), reason: "x")) == [])
    #expect(machine.handle(.exited(Self.run(0), reason: "x")) == [.finish(.stopped)])
  }

  @Test("stopping while a child is being made waits for it and ends it; nothing is started any more")
  func stopDuringSpawn() {
    var machine = Machine(names: ["a", "b"])
    _ = machine.handle(.begin)
    #expect(machine.handle(.stop) == [])
    #expect(machine.handle(.spawned(Self.run(0), pid: 100)).first == .terminate(Self.run(0)))
    #expect(machine.handle(.exited(Self.run(0), reason: "x")) == [.finish(.stopped)])
  }

  @Test("stopping while a child backs off does not start it again")
  func stopDuringBackoff() {
    var machine = Self.running()
    _ = machine.handle(.exited(Self.run(1), reason: "x"))
    #expect(machine.handle(.stop).first == .terminate(Self.run(0)))
    #expect(machine.handle(.restartDue(Self.run(1))) == [])
    #expect(machine.handle(.exited(Self.run(0), reason: "x")) == [.finish(.stopped)])
  }

  @Test("whatever happens in whatever order: nothing is started after a stop, and no child twice at once")
  func invariants() {
    var generator = SplitMix(state: 7)
    for _ in 0..<2_000 {
      var machine = Machine(names: ["a", "b", "c"])
      var alive: Set<Run> = []
      var pending: [Machine.Event] = [.begin]
      var isStopping = false
      var isFinished = false
      for _ in 0..<120 where !isFinished {
        if Int.random(in: 0..<40, using: &generator) == 0 { pending.append(.stop) }
        if let victim = alive.randomElement(using: &generator), Int.random(in: 0..<6, using: &generator) == 0
        {
          pending.append(.exited(victim, reason: "x"))
        }
        guard !pending.isEmpty else { continue }
        let event = pending.remove(at: Int.random(in: pending.indices, using: &generator))
        if case .stop = event { isStopping = true }
        if case .exited(let run, _) = event, alive.remove(run) == nil { continue }
        for action in machine.handle(event) {
          switch action {
          case .spawn(let run):
            #expect(!isStopping)
            #expect(!alive.contains { $0.child == run.child })
            alive.insert(run)
            pending.append(.spawned(run, pid: 1))
          case .probe(let run): pending.append(.ready(run))
          case .terminate(let run), .kill(let run): pending.append(.exited(run, reason: "signal"))
          case .schedule(let later, _):
            if case .startOverdue = later { continue }
            pending.append(later)
          case .announceReady: #expect(!isStopping)
          case .finish:
            #expect(alive.isEmpty)
            isFinished = true
          }
        }
        if machine.children.contains(where: { $0.phase == .stopping }) { isStopping = true }
      }
    }
  }
}

/// A small generator with a seed, so that a failure comes again.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// Keeps the children running: does what ``SupervisorMachine`` says, and tells it what happens.
struct Supervisor: Sendable {
  typealias Machine = SupervisorMachine

  let plans: [ChildPlan]
  let layout: StateLayout
  let folder: StateFolder
  let times: Machine.Times
  /// Called at each change of a child, in order.
  let report: @Sendable (ChildPlan, Machine.Child) -> Void
  /// Called once, when all are ready for the first time.
  let announce: @Sendable () -> Void

  /// The processes that are there, by run. A probe ends when its run is no longer among them.
  private let living = Living()

  init(
    plans: [ChildPlan], layout: StateLayout, folder: StateFolder, times: Machine.Times = Machine.Times(),
    report: @escaping @Sendable (ChildPlan, Machine.Child) -> Void, announce: @escaping @Sendable () -> Void
  ) {
    self.plans = plans
    self.layout = layout
    self.folder = folder
    self.times = times
    self.report = report
    self.announce = announce
  }

  /// Runs the children until somebody asks to stop, or one cannot start.
  ///
  /// - Parameter stops: One element for each signal that asks to stop.
  func run(stops: AsyncStream<Void>) async -> Machine.Outcome {
    let (events, sink) = AsyncStream.makeStream(of: Machine.Event.self)
    return await withTaskGroup(of: Void.self, returning: Machine.Outcome.self) { group in
      var machine = Machine(names: plans.map(\.name), times: times)
      var board = StatusBoard(plans: plans)
      group.addTask {
        for await _ in stops { sink.yield(.stop) }
      }
      sink.yield(.begin)
      var outcome = Machine.Outcome.stopped
      events: for await event in events {
        let actions = machine.handle(event)
        for changed in board.update(machine, at: Date()) {
          note(event, about: changed, machine: machine)
          report(plans[changed], machine.children[changed])
        }
        write(board.status(isReady: machine.isReady))
        for action in actions {
          if case .finish(let result) = action {
            outcome = result
            break events
          }
          perform(action, sink: sink, group: &group)
        }
      }
      group.cancelAll()
      return outcome
    }
  }

  private func perform(
    _ action: Machine.Action, sink: AsyncStream<Machine.Event>.Continuation, group: inout TaskGroup<Void>
  ) {
    switch action {
    case .spawn(let run):
      group.addTask { await spawn(run, sink: sink) }
    case .probe(let run):
      group.addTask { await probe(run, sink: sink) }
    case .terminate(let run):
      signal(run, SIGTERM)
    case .kill(let run):
      signal(run, SIGKILL)
    case .schedule(let event, let delay):
      group.addTask {
        guard (try? await Task.sleep(for: delay)) != nil else { return }
        sink.yield(event)
      }
    case .announceReady:
      announce()
    case .finish:
      break
    }
  }

  private func spawn(_ run: Machine.Run, sink: AsyncStream<Machine.Event>.Continuation) async {
    let plan = plans[run.child]
    var variables: [Environment.Key: String] = [
      "PATH": Tool.path, "LC_ALL": "C.UTF-8", .init(stringLiteral: ChildRecord.marker): layout.root,
    ]
    for (key, value) in plan.environment { variables[.init(stringLiteral: key)] = value }
    do {
      let log = try LogFile(path: layout.log(of: plan.name)).open()
      let result = try await Subprocess.run(
        .path(FilePath(plan.executable)), arguments: Arguments(plan.arguments),
        environment: .custom(variables),
        workingDirectory: FilePath(layout.root), platformOptions: PlatformOptions(running: plan.identity),
        input: .none, output: .fileDescriptor(FileDescriptor(rawValue: log), closeAfterSpawningProcess: true),
        error: .combinedWithOutput
      ) { execution in
        let pid = execution.processIdentifier.value
        living.add(run, pid: pid)
        if let record = ChildRecord(name: plan.name, pid: pid, layout: layout) {
          try? folder.write(record.data, to: layout.pidFile(of: plan.name), owner: .current, mode: 0o644)
        }
        sink.yield(.spawned(run, pid: pid))
      }
      // Whatever it started itself goes with it: a worker left over would keep the port.
      if let pid = living.remove(run) { await endGroup(pid) }
      unlink(layout.pidFile(of: plan.name))
      sink.yield(.exited(run, reason: Self.words(for: result.terminationStatus)))
    } catch {
      _ = living.remove(run)
      sink.yield(.exited(run, reason: "could not be started: \(error)"))
    }
  }

  /// Ends what is left of a process group whose leader is gone.
  private func endGroup(_ group: Int32) async {
    while kill(-group, SIGKILL) == 0 {
      guard ProcessTable.all().contains(where: { $0.group == group }) else { return }
      try? await Task.sleep(for: .milliseconds(5))
      if Task.isCancelled { return }
    }
  }

  private func probe(_ run: Machine.Run, sink: AsyncStream<Machine.Event>.Continuation) async {
    for probe in plans[run.child].readiness {
      // Often at first, when most become ready; then less, since each question costs the asked one something.
      var pause = Duration.milliseconds(20)
      while await !probe.succeeds() {
        guard living.contains(run), (try? await Task.sleep(for: pause)) != nil else { return }
        pause = min(pause * 1.25, .milliseconds(500))
      }
    }
    if living.contains(run) { sink.yield(.ready(run)) }
  }

  private func signal(_ run: Machine.Run, _ signal: Int32) {
    guard let pid = living.pid(of: run) else { return }
    // A gentle end is the main process's own affair; by force it is everybody's.
    kill(signal == SIGKILL ? -pid : pid, signal)
  }

  private func write(_ status: TrialStatus) {
    try? folder.write(Data(status.json.utf8), to: layout.status, owner: .current, mode: 0o644)
  }

  private func note(_ event: Machine.Event, about child: Int, machine: Machine) {
    let state = machine.children[child]
    var line = state.phase.rawValue
    if let pid = state.pid { line += ", process \(pid)" }
    if case .exited(let run, let reason) = event, run.child == child { line += ": \(reason)" }
    LogFile(path: layout.log(of: plans[child].name)).note(line, at: Date())
  }

  private static func words(for status: TerminationStatus) -> String {
    switch status {
    case .exited(let code): "ended with status \(code)"
    case .signaled(let signal): "was ended by signal \(signal)"
    }
  }
}

/// Which run has which process now.
private final class Living: Sendable {
  private let pids = Mutex<[SupervisorMachine.Run: Int32]>([:])

  func add(_ run: SupervisorMachine.Run, pid: Int32) { pids.withLock { $0[run] = pid } }
  func remove(_ run: SupervisorMachine.Run) -> Int32? { pids.withLock { $0.removeValue(forKey: run) } }
  func pid(of run: SupervisorMachine.Run) -> Int32? { pids.withLock { $0[run] } }
  func contains(_ run: SupervisorMachine.Run) -> Bool { pid(of: run) != nil }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Glibc
import Synchronization
import Testing

@testable import Trial

/// The supervisor with real processes: small shell programs, never in the place of an engine in other tests.
@Suite("Supervisor: real processes", .timeLimit(.minutes(1)))
struct SupervisorTests {
  /// A supervisor at work, and what it reports as a stream.
  struct Stage {
    let scratch: StateFolderTests.Scratch
    let layout: StateLayout
    let folder: StateFolder

    init() throws {
      scratch = try StateFolderTests.Scratch()
      layout = try StateLayout(root: scratch.path + "/state")
      folder = StateFolder(layout: layout, cast: StateFolderTests.own)
      try folder.prepare()
    }

    func plan(_ name: String, _ script: String) -> ChildPlan {
      ChildPlan(
        name: name, title: name, executable: "/bin/sh", arguments: ["-c", script], identity: .current,
        readiness: [],
        port: 0)
    }

    /// Runs the children while `body` watches what happens to them; ends with the outcome.
    func run(
      _ plans: [ChildPlan], times: SupervisorMachine.Times = .init(),
      body: @escaping @Sendable (AsyncStream<Change>.Iterator, AsyncStream<Void>.Continuation) async -> Void
    ) async -> SupervisorMachine.Outcome {
      let (stops, stop) = AsyncStream.makeStream(of: Void.self)
      let (changes, sink) = AsyncStream.makeStream(of: Change.self)
      let supervisor = Supervisor(
        plans: plans, layout: layout, folder: folder, times: times,
        report: { _, child in sink.yield(Change(name: child.name, phase: child.phase, pid: child.pid)) },
        announce: { sink.yield(Change(name: "trial", phase: .ready, pid: nil)) })
      async let watching: Void = body(changes.makeAsyncIterator(), stop)
      let outcome = await supervisor.run(stops: stops)
      sink.finish()
      await watching
      return outcome
    }
  }

  struct Change: Sendable, Hashable {
    var name: String
    var phase: SupervisorMachine.Phase
    var pid: Int32?
  }

  /// Waits until a child is in a state.
  static func wait(
    for phase: SupervisorMachine.Phase, of name: String, in changes: inout AsyncStream<Change>.Iterator
  ) async -> Int32? {
    while let change = await changes.next() {
      if change.name == name, change.phase == phase { return change.pid }
    }
    return nil
  }

  @Test("what runs is known by pid file, group and environment, and is gone after the end")
  func lifeAndEnd() async throws {
    let stage = try Stage()
    let layout = stage.layout
    let outcome = await stage.run([stage.plan("a", "exec sleep 1000"), stage.plan("b", "exec sleep 1000")]) {
      changes, stop in
      var changes = changes
      _ = await Self.wait(for: .ready, of: "trial", in: &changes)
      let record = ChildRecord(path: layout.pidFile(of: "a"))
      let stat = record.flatMap { ProcessTable.stat(of: $0.pid) }
      #expect(stat?.started == record?.started && stat?.group == record?.pid)
      #expect(
        record.map { ProcessTable.environment(of: $0.pid) }?.contains("TRUNKLINE_TRIAL_STATE=\(layout.root)")
          == true)
      #expect((try? TrialStatusFile.read(layout))?.isReady == true)
      stop.yield()
    }
    #expect(outcome == .stopped)
    #expect(!FileManager.default.fileExists(atPath: layout.pidFile(of: "a")))
    #expect(try TrialStatusFile.read(layout).children.map(\.state) == ["stopped", "stopped"])
  }

  @Test("a child that is killed is started again, and the other one is left alone")
  func restart() async throws {
    let stage = try Stage()
    let layout = stage.layout
    let outcome = await stage.run([stage.plan("a", "exec sleep 1000"), stage.plan("b", "exec sleep 1000")]) {
      changes, stop in
      var changes = changes
      _ = await Self.wait(for: .ready, of: "trial", in: &changes)
      let first = ChildRecord(path: layout.pidFile(of: "a"))?.pid
      let other = ChildRecord(path: layout.pidFile(of: "b"))?.pid
      if let first { kill(first, SIGKILL) }
      let second = await Self.wait(for: .ready, of: "a", in: &changes)
      #expect(second != nil && second != first)
      #expect(ChildRecord(path: layout.pidFile(of: "b"))?.pid == other)
      let status = try? TrialStatusFile.read(layout)
      #expect(status?.children.first?.lastExit == "was ended by signal 9")
      stop.yield()
    }
    #expect(outcome == .stopped)
  }

  @Test("workers that outlive their killed leader go with it")
  func group() async throws {
    let stage = try Stage()
    let file = stage.scratch.path + "/worker"
    let outcome = await stage.run([
      stage.plan("a", "sleep 1000 & echo $! > \(file).new; mv \(file).new \(file); wait")
    ]) {
      changes, stop in
      var changes = changes
      let leader = await Self.wait(for: .ready, of: "a", in: &changes) ?? 0
      var worker: Int32?
      while worker == nil {
        worker = (try? String(contentsOfFile: file, encoding: .utf8)).flatMap {
          Int32($0.prefix { $0.isNumber })
        }
        await Task.yield()
      }
      kill(leader, SIGKILL)
      _ = await Self.wait(for: .backingOff, of: "a", in: &changes)
      #expect(worker.flatMap(ProcessTable.stat(of:)) == nil)
      stop.yield()
    }
    #expect(outcome == .stopped)
  }

  @Test("a child that does not end by itself is ended by force after the grace, or at once on a second stop")
  func force() async throws {
    let stubborn = "trap '' TERM; while :; do sleep 1000; done"
    for isSecond in [false, true] {
      let stage = try Stage()
      var times = SupervisorMachine.Times()
      times.grace = isSecond ? .seconds(1000) : .milliseconds(50)
      let outcome = await stage.run([stage.plan("a", stubborn)], times: times) { changes, stop in
        var changes = changes
        _ = await Self.wait(for: .ready, of: "trial", in: &changes)
        stop.yield()
        if isSecond {
          _ = await Self.wait(for: .stopping, of: "a", in: &changes)
          stop.yield()
        }
      }
      #expect(outcome == .stopped)
    }
  }

  @Test("a child that ends at once, or is not there at all, ends the start with its name and the reason")
  func failure() async throws {
    let stage = try Stage()
    var plan = stage.plan("a", "echo no luck; exit 3")
    plan.readiness = [.accepts(port: 1)]
    let outcome = await stage.run([plan]) { _, _ in }
    #expect(outcome == .failed(child: "a", reason: "ended with status 3"))
    #expect(LogFile(path: stage.layout.log(of: "a")).end(lines: 9).contains("no luck"))
    plan.executable = "/nonexistent"
    guard case .failed("a", let reason) = await stage.run([plan], body: { _, _ in }) else {
      Issue.record("started what is not there")
      return
    }
    #expect(reason.hasPrefix("could not be started"))
  }

  @Test("a child inherits no descriptor, no ignored signal and no variable but those it is given")
  func cleanliness() async throws {
    let stage = try Stage()
    // The trial ignores its stop signals, to take them otherwise; an ignored signal stays ignored over exec.
    let previous = signal(SIGUSR2, SIG_IGN)
    defer { signal(SIGUSR2, previous) }
    let report = stage.scratch.path + "/report"
    let script = """
      { ls /proc/self/fd; grep -E '^Sig(Blk|Ign):' /proc/self/status; env | cut -d= -f1 | sort; } > \(report).new
      mv \(report).new \(report); exec sleep 1000
      """
    let outcome = await stage.run([stage.plan("a", script)]) { _, stop in
      while !FileManager.default.fileExists(atPath: report) { await Task.yield() }
      stop.yield()
    }
    #expect(outcome == .stopped)
    let lines = try String(contentsOfFile: report, encoding: .utf8).split(separator: "\n").map(String.init)
    #expect(Array(lines.prefix(4)) == ["0", "1", "2", "3"])
    #expect(lines[4] == "SigBlk:\t0000000000000000")
    // The low 31 bits; the two above them are the C library's own.
    let ignored = try #require(UInt64(lines[5].suffix(16), radix: 16))
    #expect(lines[5].hasPrefix("SigIgn:") && ignored & 0x7FFF_FFFF == 0)
    #expect(
      Set(lines.dropFirst(6)).isSubset(of: [
        "LC_ALL", "PATH", "PWD", "OLDPWD", "SHLVL", "TRUNKLINE_TRIAL_STATE", "_",
      ]))
  }

  @Test("what a killed trial left behind is found and ended, with its workers, and nothing else is")
  func leftovers() async throws {
    let stage = try Stage()
    let other = try Stage()
    let ours = try spawn("sleep 1000 & sleep 1000", in: stage, isMarked: true)
    let unmarked = try spawn("sleep 1000 & sleep 1000", in: stage, isMarked: false)
    let theirs = try spawn("exec sleep 1000", in: other, isMarked: true)
    // By force, and the whole group: whatever stays behind would keep the test run's output open for ever.
    defer { for process in [ours, unmarked, theirs] { kill(-process.processIdentifier, SIGKILL) } }
    // Its pid file is all there is of this one; the other has only its environment.
    let record = try #require(ChildRecord(name: "x", pid: unmarked.processIdentifier, layout: stage.layout))
    try stage.folder.write(record.data, to: stage.layout.pidFile(of: "x"), owner: .current, mode: 0o644)
    // A pid that was used again by somebody else is not ours.
    var reused = try #require(ChildRecord(name: "y", pid: theirs.processIdentifier, layout: stage.layout))
    reused.started -= 1
    try stage.folder.write(reused.data, to: stage.layout.pidFile(of: "y"), owner: .current, mode: 0o644)

    let ended = try await Leftovers(layout: stage.layout).end(grace: .milliseconds(100))
    #expect(!ended.isEmpty)
    ours.waitUntilExit()
    unmarked.waitUntilExit()
    #expect(theirs.isRunning)
    #expect(!FileManager.default.fileExists(atPath: stage.layout.pidFile(of: "x")))
    #expect(try await Leftovers(layout: stage.layout).end() == [])
  }

  private func spawn(_ script: String, in stage: Stage, isMarked: Bool) throws -> Process {
    // Foundation gives it a process group of its own, as the supervisor does. It also hands down that its threads block
    // signals, so that these have to be ended by force.
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", script]
    process.currentDirectoryURL = URL(filePath: stage.layout.root)
    process.environment = isMarked ? ["TRUNKLINE_TRIAL_STATE": stage.layout.root] : [:]
    try process.run()
    try #require(ProcessTable.stat(of: process.processIdentifier)?.group == process.processIdentifier)
    return process
  }

  @Test("a taken port is named with who holds it and the remedy, and a free one is no error")
  func ports() async throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    let offset = 10_000 + Int(getpid()) % 10_000  // Below the ports that the kernel hands out by itself.
    let ports = try PortPlan(offset: offset)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(ports[.server]).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(bound == 0 && listen(descriptor, 1) == 0)
    let error = await #expect(throws: TrialError.self) { try await PortCheck.requireFree(ports) }
    #expect(error?.code == .portTaken)
    #expect(error?.cause.contains("\(ports[.server])") == true)
    #expect(error?.cause.contains("process \(getpid())") == true)
    #expect(error?.remedy.contains("TRUNKLINE_PORT_OFFSET=") == true)
    #expect(error?.cause.contains("TCP") == true)
    #expect(await Probe.accepts(port: ports[.server]).succeeds())
    #expect(await !Probe.accepts(port: ports[.https]).succeeds())
  }

  @Test("a taken UDP port is named with who holds it, too")
  func datagramPorts() async throws {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(descriptor) }
    let ports = try PortPlan(offset: 10_500 + Int(getpid()) % 9_000)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(ports[.mediaControl]).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(bound == 0)
    let error = await #expect(throws: TrialError.self) { try await PortCheck.requireFree(ports) }
    #expect(error?.cause.contains("Port \(ports[.mediaControl]) (UDP") == true)
    #expect(error?.cause.contains("process \(getpid())") == true)
    // Whoever holds it says nothing, so it is not ready.
    #expect(await !Probe.replies(port: ports[.mediaControl], .media).succeeds())
  }
}

/// The status file alone, without asking whether its trial still runs.
private enum TrialStatusFile {
  static func read(_ layout: StateLayout) throws -> TrialStatus {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return try decoder.decode(TrialStatus.self, from: Data(contentsOf: URL(filePath: layout.status)))
  }
}

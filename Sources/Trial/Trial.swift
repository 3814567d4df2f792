// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Glibc

/// The trial: everything that Trunkline is, on this machine, from one state folder.
public struct Trial: Sendable {
  /// Who signs in first, for the last line.
  public struct Newcomer: Sendable {
    public var name: String
    public var password: String

    public init(name: String, password: String) {
      self.name = name
      self.password = password
    }
  }

  private let checkout: Checkout
  private let ports: PortPlan
  private let location: StateLocation
  private let cast: Cast
  private let reach: Reach
  private let asides: [String: String]

  public var layout: StateLayout { location.layout }

  /// - Parameters:
  ///   - environment: `TRUNKLINE_STATE` and `TRUNKLINE_PORT_OFFSET` are read from it; `TRUNKLINE_LEASE_SECONDS` is handed
  ///     on to the daemon.
  ///   - name: The name under which others in the local network reach it; none: nobody does.
  public init(environment: [String: String], name: String? = nil) throws {
    checkout = try Checkout()
    ports = try PortPlan(environmentValue: environment["TRUNKLINE_PORT_OFFSET"])
    reach = try name.map { try LocalNetwork.current.reach(of: $0) } ?? .loopback
    cast = try Cast.resolve()
    asides = environment.filter { $0.key == "TRUNKLINE_LEASE_SECONDS" }
    location = try StateLocation.resolve(
      named: environment["TRUNKLINE_STATE"], hosts: reach.hosts,
      checkout: checkout.root.path(percentEncoded: false),
      isSeparated: cast.isSeparated)
  }

  /// Where the trial of this environment and name keeps its state, without needing anything that the trial runs.
  public static func layout(environment: [String: String], name: String? = nil) throws -> StateLayout {
    let checkout = try Checkout()
    if let name { try LocalNetwork.check(name) }
    return try StateLocation.resolve(
      named: environment["TRUNKLINE_STATE"], hosts: name.map(TrialHosts.init(domain:)) ?? .loopback,
      checkout: checkout.root.path(percentEncoded: false),
      isSeparated: geteuid() == 0
    ).layout
  }

  /// Starts everything, keeps it running, and ends it when asked to.
  ///
  /// - Parameters:
  ///   - readyFile: Written, whole, when all is ready.
  ///   - newcomer: Whom the last line suggests to sign in as.
  public func run(readyFile: String?, newcomer: Newcomer) async throws {
    let signals = StopSignals()
    let display = ProgressDisplay(titles: Step.all + plannedTitles)
    do {
      try await start(signals: signals, display: display, readyFile: readyFile, newcomer: newcomer)
    } catch {
      display.fail()
      throw error
    }
  }

  private enum Step {
    static let check = "Ports and programs"
    static let files = "Secrets, certificates, configuration"
    static let ledger = "Ledger and projections"
    static let all = [check, files, ledger]
  }

  private var plannedTitles: [String] {
    let nowhere = Programs(prosody: "", nginx: "", rtpengine: "", coturn: "")
    return cue(nowhere).children.map(\.title)
  }

  private func cue(_ programs: Programs) -> Cue {
    Cue(layout: layout, ports: ports, cast: cast, programs: programs, reach: reach, asides: asides)
  }

  private func start(
    signals: StopSignals, display: ProgressDisplay, readyFile: String?, newcomer: Newcomer
  ) async throws {
    for remark in remarks { display.say(remark) }
    display.begin(Step.check)
    let cue = cue(try Programs.find())
    let openssl = try Tool.find("openssl", package: "openssl")
    let folder = StateFolder(layout: layout, cast: cast)
    try folder.prepare()
    try folder.claim(reach.hosts)
    let lock = try StateLock(layout: layout)
    defer { withExtendedLifetime(lock) {} }
    for leftover in try await Leftovers(layout: layout).end() {
      display.say("  Ended \(leftover), which an earlier trial left behind.")
    }
    if let readyFile { unlink(readyFile) }
    unlink(layout.status)
    try await PortCheck.requireFree(ports, reach: reach)
    display.finish(Step.check)

    display.begin(Step.files)
    try folder.prepareSecrets()
    let authority = CertificateAuthority(layout: layout, folder: folder, openssl: openssl, hosts: reach.hosts)
    let isNew = try await authority.prepare(cast)
    let configuration = DaemonConfiguration(layout: layout, ports: ports, reach: reach)
    let reader = Identity(user: Identity.current.user, group: cast.daemon.group)
    try folder.write(Data(configuration.text.utf8), to: layout.configuration, owner: reader, mode: 0o640)
    try await Installation(checkout: checkout, layout: layout).update()
    try await daemon(["engines", "write", "--to", layout.engines], cue: cue)
    display.finish(Step.files, remark: isNew ? "made" : "kept")

    display.begin(Step.ledger)
    try await daemon(["prepare"], cue: cue)
    display.finish(Step.ledger)

    for plan in cue.children { LogFile(path: layout.log(of: plan.name)).rotate() }
    let outcome = await supervise(cue, folder: folder, signals: signals, display: display) {
      display.end()
      if reach.isOpen { display.say(doors.instructions.joined(separator: "\n")) }
      announce(readyFile: readyFile, folder: folder, newcomer: newcomer)
    }
    if case .failed(let child, let reason) = outcome {
      let end = LogFile(path: layout.log(of: child)).end(lines: 12).split(separator: "\n").joined(
        separator: "\n  ")
      throw TrialError(
        code: .program, cause: "\(child) \(reason). The end of \(layout.log(of: child)):\n  \(end)\n",
        remedy: "Everything that had been started was ended again.")
    }
  }

  private func supervise(
    _ cue: Cue, folder: StateFolder, signals: StopSignals, display: ProgressDisplay,
    announce: @escaping @Sendable () -> Void
  ) async -> SupervisorMachine.Outcome {
    let supervisor = Supervisor(
      plans: cue.children, layout: layout, folder: folder,
      report: { plan, child in
        switch child.phase {
        case .starting where child.restarts == 0 && child.pid == nil: display.begin(plan.title)
        case .ready where child.restarts == 0: display.finish(plan.title)
        case .ready: display.say("\(plan.name) is ready again.")
        case .backingOff: display.say("\(plan.name) \(child.lastExit ?? "ended"); it is started again.")
        default: break
        }
      }, announce: announce)
    return await supervisor.run(stops: signals.stops)
  }

  private func daemon(_ arguments: [String], cue: Cue) async throws {
    try await Tool.run(
      layout.executable, arguments + ["--config", layout.configuration], environment: cue.programEnvironment,
      as: cast.daemon, in: layout.root)
  }

  private var remarks: [String] {
    var remarks: [String] = []
    if let remark = location.remark { remarks.append("The state lies in \(layout.root): \(remark).") }
    if !cast.isSeparated {
      remarks.append(
        "Everything runs as you: only root can give each part a user of its own, as a real site does.")
    }
    if reach.isOpen { remarks.append(doors.warning.joined(separator: "\n")) }
    return remarks
  }

  private var doors: OpenDoors { OpenDoors(reach: reach, ports: ports, layout: layout) }

  private func announce(readyFile: String?, folder: StateFolder, newcomer: Newcomer) {
    if let readyFile {
      let report = ReadyReport(pid: getpid(), layout: layout, ports: ports, cast: cast, reach: reach)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      if let data = try? encoder.encode(report) {
        try? folder.write(data, to: readyFile, owner: .current, mode: 0o644)
      }
    }
    let portal = reach.hosts.url(reach.hosts.portal, ports: ports)
    let line =
      "Ready: open \(portal)/ and sign in as \(newcomer.name) with the password \(newcomer.password)"
      + " (your browser may ask about the certificate: \(layout.authorityCertificate) is its authority).\n"
    _ = line.withCString { write(STDOUT_FILENO, $0, strlen($0)) }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// The one place where the world changes; keeps it in a file when it has a folder.
actor SandboxState {
  /// The world as it is now.
  private(set) var world: SandboxWorld
  /// Requests counted by endpoint.
  private(set) var counters: [String: Int] = [:]
  /// What goes wrong on purpose.
  private(set) var faults: [Fault] = []
  private var nextFault = 1
  private var rates = RateWindows()
  private let file: URL?

  init(world: SandboxWorld, file: URL?) {
    self.world = world
    self.file = file
  }

  /// Opens the state of an earlier run, or seeds a new one.
  /// - Throws: ``SandboxError`` when the file cannot be read or is newer than this program.
  init(settings: SandboxSettings, entropy: SandboxEntropy) throws {
    guard let folder = settings.stateFolder else {
      self.init(world: .seeded(settings: settings, entropy: entropy), file: nil)
      return
    }
    let file = folder.appending(path: "home-server.json")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw SandboxError(
        code: .state, cause: "The folder \(folder.path) of the sandbox cannot be made: \(error).",
        remedy: "Make it writable, or name another state folder.")
    }
    guard FileManager.default.fileExists(atPath: file.path) else {
      let world = SandboxWorld.seeded(settings: settings, entropy: entropy)
      try Self.write(world, to: file)
      self.init(world: world, file: file)
      return
    }
    var world = try Self.read(file)
    // What the settings say now holds over what was kept: ports and secrets change between runs.
    world.webhook = settings.webhook ?? world.webhook
    world.limits = settings.limits
    self.init(world: world, file: file)
  }

  /// Changes the world and keeps the change before anybody hears of it; a change that throws is undone.
  func change<Result: Sendable>(
    _ body: @Sendable (inout SandboxWorld) throws -> Result
  ) throws -> Result {
    var next = world
    let result = try body(&next)
    if let file { try Self.write(next, to: file) }
    world = next
    return result
  }

  /// Counts a request and says what goes wrong with it on purpose; a fault that is spent goes away.
  func arrive(_ endpoint: String) -> Fault? {
    counters[endpoint, default: 0] += 1
    guard let index = faults.firstIndex(where: { $0.hits(endpoint) }) else { return nil }
    let fault = faults[index]
    if let times = fault.times {
      faults[index].times = times - 1
      if times <= 1, fault.kind != .hang { faults.remove(at: index) }
    }
    return fault
  }

  /// Whether a fault has not been cleared yet.
  func stands(_ fault: Fault) -> Bool { faults.contains { $0.id == fault.id } }

  /// Makes something go wrong.
  func add(_ fault: Fault) -> Fault {
    var fault = fault
    fault.id = nextFault
    nextFault += 1
    faults.append(fault)
    return fault
  }

  /// Puts everything right again, or the faults of one endpoint only.
  func clearFaults(endpoint: String?) { faults.removeAll { endpoint == nil || $0.endpoint == endpoint } }

  func clearCounters() { counters = [:] }

  /// Counts a request against a limit; nil when there is none.
  func allowance(_ key: String, limit: Int, period: Int, now: Date) -> RateWindows.Allowance? {
    limit > 0 ? rates.count(key, limit: limit, period: period, now: now) : nil
  }

  func clearRates() { rates.clear() }

  private static func read(_ file: URL) throws -> SandboxWorld {
    struct Header: Decodable { let schema: Int }
    do {
      let data = try Data(contentsOf: file)
      let header = try JSONDecoder().decode(Header.self, from: data)
      guard header.schema <= SandboxWorld.currentSchema else {
        throw SandboxError(
          code: .newerState, cause: "\(file.path) was written by a newer version (schema \(header.schema)).",
          remedy: "Use that version again, or start with another state folder.")
      }
      return try JSONDecoder().decode(SandboxWorld.self, from: data)
    } catch let error as SandboxError {
      throw error
    } catch {
      throw SandboxError(
        code: .state, cause: "\(file.path) cannot be read: \(error).",
        remedy: "Put a good copy in its place, or move it away to start afresh.")
    }
  }

  private static func write(_ world: SandboxWorld, to file: URL) throws {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      let partial = file.appendingPathExtension("new")
      let made = FileManager.default.createFile(
        atPath: partial.path, contents: try encoder.encode(world), attributes: [.posixPermissions: 0o600])
      guard made, rename(partial.path, file.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    } catch {
      throw SandboxError(
        code: .state, cause: "\(file.path) cannot be written: \(error).",
        remedy: "Make room, or make the folder writable.")
    }
  }
}

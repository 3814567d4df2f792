// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation

/// What `run/status.json` holds: the state of every child, written at each change.
public struct TrialStatus: Codable, Sendable, Hashable {
  public struct Child: Codable, Sendable, Hashable {
    public var name: String
    /// waiting, starting, ready, backing off, stopping or stopped.
    public var state: String
    public var pid: Int32?
    /// How often it was started again.
    public var restarts: Int
    public var port: Int
    /// When it came into this state.
    public var since: Date
    /// How it ended the last time, if it did.
    public var lastExit: String?
  }

  /// The supervisor.
  public var pid: Int32
  public var isReady: Bool
  public var children: [Child]

  /// Reads the status of the trial that runs in a state folder.
  /// - Throws: ``TrialError`` if none does.
  public static func read(_ layout: StateLayout) throws -> TrialStatus {
    guard StateLock.holder(of: layout) != nil else {
      throw TrialError(
        code: .notRunning, cause: "No trial runs in \(layout.root).", remedy: "Start it with “make up”.")
    }
    guard let data = FileManager.default.contents(atPath: layout.status),
      let status = try? decoder.decode(TrialStatus.self, from: data)
    else {
      throw TrialError(
        code: .notRunning, cause: "The trial in \(layout.root) has not said yet how it is.",
        remedy: "Ask again.")
    }
    return status
  }

  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return ((try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}") + "\n"
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return decoder
  }

  /// A table for people.
  public func table(now: Date) -> String {
    var rows = [["", "state", "pid", "port", "restarts", "since"]]
    for child in children {
      rows.append([
        child.name, child.state, child.pid.map(String.init) ?? "–", String(child.port),
        String(child.restarts),
        Self.age(now.timeIntervalSince(child.since)),
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
    }
    let exits = children.filter { $0.restarts > 0 }.compactMap { child in
      child.lastExit.map { "\(child.name): \($0) the last time; see logs/\(child.name).log" }
    }
    return (lines + exits).map { line in
      var line = line
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  private static func age(_ seconds: TimeInterval) -> String {
    let seconds = max(0, Int(seconds))
    return switch seconds {
    case ..<60: "\(seconds) s"
    case ..<3600: "\(seconds / 60) min"
    default: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
public import Foundation
import GRDB

/// What an engine tells: a small database that it alone writes and the daemon reads. It may be missing (the engine never
/// ran) and it may be a few seconds behind; nothing but display and the end of a deletion hangs on it.
public struct EngineObservations: Sendable {
  private let file: URL

  public init(file: URL) { self.file = file }

  var path: String { file.path }

  /// What was seen of these devices.
  public func seen(_ devices: [String]) async throws -> [String: DeviceSight] {
    try await read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT device, connected_at, address, online FROM seen
          WHERE device IN (\(databaseQuestionMarks(count: devices.count)))
          """, arguments: StatementArguments(devices))
      return Dictionary(
        uniqueKeysWithValues: rows.map { row in
          (
            row["device"],
            DeviceSight(
              connectedAt: Timestamp(seconds: row["connected_at"]), address: row["address"] ?? "",
              isOnline: row["online"])
          )
        })
    } ?? [:]
  }

  /// Which of these purges are done.
  public func purged(_ ids: [String]) async throws -> Set<String> {
    try await read { database in
      try String.fetchSet(
        database, sql: "SELECT id FROM purged WHERE id IN (\(databaseQuestionMarks(count: ids.count)))",
        arguments: StatementArguments(ids))
    } ?? []
  }

  /// How many devices are connected.
  public func online() async throws -> Int {
    try await read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM seen WHERE online > 0") ?? 0 } ?? 0
  }

  /// Calls to the member that did not ring, the latest first.
  public func quietCalls(to name: Name, at domain: String, limit: Int) async throws -> [QuietCall] {
    try await read { database in
      // Not there: Kamailio is older, or has not run yet.
      guard try database.tableExists("quiet_calls") else { return [] }
      return try Row.fetchAll(
        database, sql: "SELECT caller, at FROM quiet_calls WHERE name = ? ORDER BY at DESC LIMIT ?",
        arguments: [name.text, limit]
      ).map {
        QuietCall(
          caller: Address(stored: "\($0["caller"] as String)@\(domain)"), at: Timestamp(seconds: $0["at"]))
      }
    } ?? []
  }

  /// Opens anew each time: the engine may replace the file, and pages that show it are rare.
  func read<Value: Sendable>(
    _ body: @Sendable @escaping (Database) throws -> Value
  ) async throws -> Value? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(1)
    configuration.label = "observations"
    return try await DatabaseQueue(path: file.path, configuration: configuration).read(body)
  }
}

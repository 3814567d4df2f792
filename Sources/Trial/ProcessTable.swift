// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Glibc

/// What the kernel says about processes, by `/proc`.
enum ProcessTable {
  static func stat(of pid: Int32) -> ProcessStat? {
    guard let line = text("/proc/\(pid)/stat"), let stat = ProcessStat(line: line), !stat.isGone else {
      return nil
    }
    return stat
  }

  static func all() -> [ProcessStat] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.compactMap(stat(of:))
  }

  /// The environment the process was started with; empty if it is not ours to read.
  static func environment(of pid: Int32) -> [String] {
    (text("/proc/\(pid)/environ") ?? "").split(separator: "\0").map(String.init)
  }

  static func workingDirectory(of pid: Int32) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")
  }

  /// Names this boot of the machine: ticks after boot mean nothing after the next.
  static let boot = (text("/proc/sys/kernel/random/boot_id") ?? "").trimmingCharacters(
    in: .whitespacesAndNewlines)

  /// The process that listens at a port, if it can be known.
  static func listener(at port: Int, _ transport: PortPlan.Port.Transport = .tcp) -> ProcessStat? {
    let table = "/proc/net/\(transport.rawValue.lowercased())"
    let tables = [table, table + "6"].compactMap(text)
    let inodes = Set(
      tables.flatMap { ListeningSockets.inodes(at: port, transport, in: $0) }.map { "socket:[\($0)]" })
    guard !inodes.isEmpty else { return nil }
    return all().first { process in
      let folder = "/proc/\(process.pid)/fd"
      let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return descriptors.contains { descriptor in
        guard
          let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(descriptor)")
        else { return false }
        return inodes.contains(target)
      }
    }
  }

  /// Files in /proc have no size, so they are read to the end.
  private static func text(_ path: String) -> String? {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? handle.close() }
    guard let data = try? handle.readToEnd() else { return nil }
    return String(decoding: data, as: UTF8.self)
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Glibc

/// Copies what the children run into the state folder, where their users can reach it wherever the checkout lies.
struct Installation: Sendable {
  let checkout: Checkout
  let layout: StateLayout

  /// Copies what changed since the last time.
  func update() async throws {
    for (name, target) in [("trunkline", layout.executable), ("trunkline-trial", layout.trialExecutable)] {
      let source = checkout.executables.appending(path: name)
      guard FileManager.default.isExecutableFile(atPath: source.path(percentEncoded: false)) else {
        throw TrialError(
          code: .missing, cause: "The executable \(name) is not built.",
          remedy: "Run “make build”, or “make up”.")
      }
      try copyFile(source, to: URL(filePath: target), mode: 0o755)
    }
    let share = URL(filePath: layout.share)
    try copyFolder(checkout.root.appending(path: "share"), to: share, beside: "web")
    try copyFolder(checkout.root.appending(path: "web"), to: share.appending(path: "web"))
    try copyFolder(checkout.root.appending(path: "trial/sandbox"), to: URL(filePath: layout.trialFiles))
    try await copyLibraries()
  }

  /// The compiler's own libraries, where its folder is closed to other users (a toolchain in a home folder).
  private func copyLibraries() async throws {
    guard geteuid() == 0 else { return }
    for executable in [layout.executable, layout.trialExecutable] {
      for library in Self.libraries(in: try await Tool.run("/usr/bin/ldd", [executable]))
      where StateLocation.firstClosedFolder(above: library) != nil {
        let source = URL(filePath: library)
        try copyFile(
          source, to: URL(filePath: layout.libraries).appending(path: source.lastPathComponent), mode: 0o755)
      }
    }
  }

  /// The paths in what `ldd` says.
  static func libraries(in text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      guard let arrow = line.range(of: "=> ") else { return nil }
      let path = line[arrow.upperBound...].prefix { $0 != " " }
      return path.hasPrefix("/") ? String(path) : nil
    }
  }

  /// - Parameter other: a folder in the target that comes from elsewhere.
  private func copyFolder(_ source: URL, to target: URL, beside other: String? = nil) throws {
    let files = FileManager.default
    guard let names = try? files.subpathsOfDirectory(atPath: source.path(percentEncoded: false)) else {
      return
    }
    try makeFolder(target)
    for name in names.sorted() {
      let from = source.appending(path: name)
      var isFolder: ObjCBool = false
      guard files.fileExists(atPath: from.path(percentEncoded: false), isDirectory: &isFolder) else {
        continue
      }
      if isFolder.boolValue {
        try makeFolder(target.appending(path: name))
      } else {
        try copyFile(from, to: target.appending(path: name), mode: 0o644)
      }
    }
    // What is gone in the checkout must not live on here.
    let wanted = Set(names)
    for name in (try? files.subpathsOfDirectory(atPath: target.path(percentEncoded: false))) ?? []
    where !wanted.contains(name) && name.prefix(while: { $0 != "/" }) != other ?? "" {
      try? files.removeItem(at: target.appending(path: name))
    }
  }

  private func makeFolder(_ folder: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw StateFolder.unusable(folder.path(percentEncoded: false), because: error.localizedDescription)
    }
    chmod(folder.path(percentEncoded: false), 0o755)
  }

  private func copyFile(_ source: URL, to target: URL, mode: mode_t) throws {
    let from = source.path(percentEncoded: false)
    let to = target.path(percentEncoded: false)
    if let old = Stamp(path: to), let new = Stamp(path: from), old == new { return }
    try makeFolder(target.deletingLastPathComponent())
    let temporary = to + ".new"
    do {
      try? FileManager.default.removeItem(atPath: temporary)
      try FileManager.default.copyItem(atPath: from, toPath: temporary)
      chmod(temporary, mode)
      if let stamp = Stamp(path: from) { stamp.put(on: temporary) }
      guard rename(temporary, to) == 0 else { throw StateFolder.unusable(to) }
    } catch let error as TrialError {
      throw error
    } catch {
      throw StateFolder.unusable(to, because: error.localizedDescription)
    }
  }

  /// Tells whether a file was changed without reading it.
  private struct Stamp: Equatable {
    var size: Int
    var seconds: Int
    var nanoseconds: Int

    init?(path: String) {
      var about = Glibc.stat()
      guard stat(path, &about) == 0 else { return nil }
      size = Int(about.st_size)
      seconds = about.st_mtim.tv_sec
      nanoseconds = about.st_mtim.tv_nsec
    }

    func put(on path: String) {
      let time = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
      _ = utimensat(AT_FDCWD, path, [time, time], 0)
    }
  }
}

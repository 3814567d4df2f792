// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Glibc

/// Held by the trial that runs in a state folder; the kernel lets go of it when the trial ends in whatever way.
final class StateLock: Sendable {
  private let descriptor: Int32

  /// - Throws: ``TrialError`` if another trial holds it.
  init(layout: StateLayout) throws {
    let descriptor = open(layout.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw StateFolder.unusable(layout.lock) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      let holder = Self.holder(of: layout).map { " (process \($0))" } ?? ""
      throw TrialError(
        code: .alreadyRunning, cause: "A trial already runs in \(layout.root)\(holder).",
        remedy: "End it first, or start this one with another TRUNKLINE_STATE and TRUNKLINE_PORT_OFFSET.")
    }
    self.descriptor = descriptor
    ftruncate(descriptor, 0)
    let text = "\(getpid())\n"
    _ = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
  }

  deinit { close(descriptor) }

  /// The process that holds the lock now.
  static func holder(of layout: StateLayout) -> Int32? {
    let descriptor = open(layout.lock, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
    let text = try? String(contentsOfFile: layout.lock, encoding: .utf8)
    return text.flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? 0
  }
}

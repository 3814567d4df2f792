// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// The sources and what was built of them: what the trial runs.
public struct Checkout: Sendable {
  /// The folder of the sources.
  let root: URL
  /// The folder of the executables.
  let executables: URL

  /// Finds the checkout by walking up from this very executable.
  /// - Throws: ``TrialError`` if it does not lie in one.
  public init() throws {
    let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    executables = executable.deletingLastPathComponent()
    var folder = executables
    while folder.path() != "/" {
      let manifest = folder.appending(path: "Package.swift").path(percentEncoded: false)
      let share = folder.appending(path: "share/nginx").path(percentEncoded: false)
      if FileManager.default.fileExists(atPath: manifest), FileManager.default.fileExists(atPath: share) {
        // Without a slash at its end: people read this path with more behind it.
        root = URL(
          filePath: String(folder.path(percentEncoded: false).dropLast()), directoryHint: .notDirectory)
        return
      }
      folder.deleteLastPathComponent()
    }
    throw TrialError(
      code: .missing,
      cause: "\(executable.path(percentEncoded: false)) does not lie in a checkout of Trunkline.",
      remedy: "Build and run the trial in the checkout: make up.")
  }
}

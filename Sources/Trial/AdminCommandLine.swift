// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Glibc

/// Runs the daemon's own command line on a trial, as the daemon's user: its files are nobody else's.
public enum AdminCommandLine {
  /// Becomes the daemon's executable; returns only with an error.
  public static func become(_ arguments: [String], layout: StateLayout) throws -> Never {
    let cast = try Cast.resolve()
    guard FileManager.default.isExecutableFile(atPath: layout.executable) else {
      throw TrialError(
        code: .notRunning, cause: "There is no trial in \(layout.root) yet.",
        remedy: "Start it with “make up”.")
    }
    setenv("TRUNKLINE_SHARE", layout.share, 1)
    setenv("LD_LIBRARY_PATH", layout.libraries, 1)
    if cast.isSeparated {
      guard setgroups(0, nil) == 0, setgid(cast.daemon.group) == 0, setuid(cast.daemon.user) == 0 else {
        throw StateFolder.unusable(layout.daemon)
      }
    }
    // The threads of the concurrency pool block signals, and a blocked one stays blocked over exec.
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    let words = [layout.executable] + arguments + ["--config", layout.configuration]
    var pointers = words.map { strdup($0) }
    pointers.append(nil)
    execv(layout.executable, &pointers)
    throw TrialError(
      code: .program, cause: "\(layout.executable) could not be run: \(String(cString: strerror(errno))).",
      remedy: "Run “make up” to install it again.")
  }
}

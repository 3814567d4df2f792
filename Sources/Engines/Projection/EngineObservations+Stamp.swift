// SPDX-License-Identifier: AGPL-3.0-or-later

import Glibc

extension EngineObservations {
  /// Changes whenever anybody writes to the file; `nil` if there is none. It is asked of the file system, so that looking costs
  /// nothing. Two writes in the same few milliseconds can look like one.
  public func stamp() -> String? {
    let parts = ["", "-wal"].map { ending -> String? in
      var about = stat()
      guard stat(path + ending, &about) == 0 else { return nil }
      return "\(about.st_ino) \(about.st_size) \(about.st_mtim.tv_sec).\(about.st_mtim.tv_nsec)"
    }
    return parts[0].map { "\($0) \(parts[1] ?? "")" }
  }
}

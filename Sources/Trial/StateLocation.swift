// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Glibc

/// Where the state folder is: where the caller wants it, else in the checkout, else where other users can reach it.
struct StateLocation: Sendable {
  var layout: StateLayout
  /// Why it is not where one would look for it, if so.
  var remark: String?

  /// - Parameters:
  ///   - named: `TRUNKLINE_STATE`.
  ///   - hosts: A trial of another domain has a folder of its own.
  ///   - checkout: The folder of the sources.
  ///   - isSeparated: Whether the parts run as other users, who must get there.
  static func resolve(
    named: String?, hosts: TrialHosts = .loopback, checkout: String, isSeparated: Bool
  ) throws -> StateLocation {
    if let named, !named.isEmpty {
      let path = named.hasPrefix("/") ? named : FileManager.default.currentDirectoryPath + "/" + named
      let layout = try StateLayout(root: URL(filePath: path).standardizedFileURL.path(percentEncoded: false))
      if isSeparated, let closed = firstClosedFolder(above: layout.root) {
        throw TrialError(
          code: .stateFolder,
          cause:
            "The state folder \(layout.root) cannot be reached by the users that the engines run as: \(closed) is closed to them.",
          remedy:
            "Set TRUNKLINE_STATE to a folder that others can get to (chmod o+x \(closed) would open this one)."
        )
      }
      return StateLocation(layout: layout)
    }
    let suffix = hosts == .loopback ? "" : "-\(hosts.domain)"
    let usual = checkout + "/.trial" + suffix
    guard isSeparated, let closed = firstClosedFolder(above: usual) else {
      return StateLocation(layout: try StateLayout(root: usual))
    }
    return StateLocation(
      layout: try StateLayout(root: "/var/lib/trunkline-trial-\(shortHash(of: checkout + suffix))"),
      remark: "the users that the engines run as cannot get into \(closed)")
  }

  /// The first folder on the way that others may not pass; none if the way is open.
  static func firstClosedFolder(above path: String) -> String? {
    var folder = ""
    for part in path.split(separator: "/").dropLast() {
      folder += "/\(part)"
      var about = Glibc.stat()
      guard stat(folder, &about) == 0 else { return nil }
      if about.st_mode & S_IXOTH == 0 { return folder }
    }
    return nil
  }

  /// FNV-1a, 32 bits: tells checkouts apart, no more.
  static func shortHash(of text: String) -> String {
    let hash = text.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}

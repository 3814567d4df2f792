// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// Who a command runs as.
enum Ownership {
  /// As root, becomes the user that owns the folder, so that no file in it ends up as root's. Otherwise does nothing.
  ///
  /// - Throws: ``Failure`` if that does not work; nothing may go on as root then.
  static func become(ownerOf folder: URL) throws {
    guard geteuid() == 0 else { return }
    var status = stat()
    guard stat(folder.path, &status) == 0 else {
      throw Failure(
        cause: "The folder \(folder.path) is not there.",
        remedy: "Make it, owned by the user that Trunkline shall run as (not root).")
    }
    guard status.st_uid != 0 else {
      throw Failure(
        cause: "The folder \(folder.path) belongs to root, and Trunkline does not run as root.",
        remedy: "Give it to a user of its own: chown trunkline: \(folder.path)")
    }
    guard setgroups(0, nil) == 0, setgid(status.st_gid) == 0, setuid(status.st_uid) == 0, geteuid() != 0
    else {
      throw Failure(
        cause: "The user of \(folder.path) cannot be taken on.", remedy: "Run the command as that user.")
    }
  }
}

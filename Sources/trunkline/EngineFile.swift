// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// A file of an engine's configuration, as it is to be written.
struct EngineFile {
  /// Below the folder that is written to.
  let name: String
  let text: String
  /// Where the file holds a secret, the group that alone may read it; else everybody may.
  var secretOf: String?

  /// Replaces the file whole or not at all; a secret is never readable by others, not even for a moment.
  ///
  /// Only root can give a file to another group. For anybody else the folder decides: one with the set-group-id bit
  /// hands its group on.
  func write(below folder: URL) throws -> URL {
    let file = folder.appending(path: name)
    let temporary = file.path + ".new"
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch {
      throw Self.unwritable(file)
    }
    unlink(temporary)
    let mode: mode_t = secretOf == nil ? 0o644 : 0o640
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.unwritable(file) }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    if let secretOf, geteuid() == 0, let group = getgrnam(secretOf) {
      guard fchown(descriptor, uid_t.max, group.pointee.gr_gid) == 0 else { throw Self.unwritable(file) }
    }
    do { try handle.write(contentsOf: Data(text.utf8)) } catch { throw Self.unwritable(file) }
    guard fchmod(descriptor, mode) == 0, rename(temporary, file.path) == 0 else {
      throw Self.unwritable(file)
    }
    return file
  }

  private static func unwritable(_ file: URL) -> Failure {
    Failure(cause: "\(file.path) cannot be written.", remedy: "Name a folder that you may write to.")
  }
}

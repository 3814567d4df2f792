// SPDX-License-Identifier: AGPL-3.0-or-later

import CPowerCut
import Foundation

/// What databases did to the files of a folder, in order, as the VFS of `CPowerCut` wrote it down.
struct WriteLog: Sendable {
  enum Entry: Sendable {
    /// The file was opened, and made if it was not there.
    case open(path: String)
    case write(path: String, offset: Int, bytes: Data)
    case cut(path: String, length: Int)
    case sync(path: String, folder: Bool)
    case delete(path: String, folder: Bool)
  }

  /// What does not work as it should; to see that the test notices.
  enum Fault: Sendable {
    case none
    /// “PRAGMA synchronous = FULL” has no effect: GRDB's NORMAL stays.
    case staysAtNormal(where: String)
    /// The disk says that it has synced, and has not.
    case forgetsSyncs(where: String)
  }

  /// With paths relative to the folder.
  let entries: [Entry]

  /// Makes the VFS the one of all databases that are opened below `root` from now on. Real syncs are left out there,
  /// and a WAL is folded back after 12 pages, so that a short test sees it often.
  static func install(root: URL) {
    precondition(powercut_install() == 0, "SQLite does not take the VFS")
    powercut_root(root.path, 12)
  }

  static func begin(in folder: URL, fault: Fault = .none) {
    switch fault {
    case .none: powercut_record(folder.path + "/", Int32(POWERCUT_HONEST), "")
    case .staysAtNormal(let place): powercut_record(folder.path + "/", Int32(POWERCUT_NORMAL), place)
    case .forgetsSyncs(let place): powercut_record(folder.path + "/", Int32(POWERCUT_FORGETFUL), place)
    }
  }

  /// How many entries there are by now.
  static var length: Int { Int(powercut_count()) }

  /// Ends the writing down and takes what there is.
  static func end(in folder: URL) -> WriteLog {
    powercut_stop()
    return WriteLog(entries: (0..<length).compactMap { entry(at: $0, below: folder.path + "/") })
  }

  private static func entry(at index: Int, below folder: String) -> Entry? {
    var raw = powercut_entry()
    guard powercut_entry_at(Int64(index), &raw) != 0 else { return nil }
    let path = String(String(cString: raw.path).dropFirst(folder.count))
    switch Int(raw.kind) {
    case POWERCUT_OPEN: return .open(path: path)
    case POWERCUT_WRITE:
      return .write(path: path, offset: Int(raw.offset), bytes: Data(bytes: raw.data, count: Int(raw.size)))
    case POWERCUT_CUT: return .cut(path: path, length: Int(raw.size))
    case POWERCUT_SYNC: return .sync(path: path, folder: raw.folder != 0)
    default: return .delete(path: path, folder: raw.folder != 0)
    }
  }
}

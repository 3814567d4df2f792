// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// What a disk holds for sure at one moment, and what is still on its way to it.
///
/// A file's bytes are safe once the file was synced, and its name once its folder was. Until then each write, each
/// cut and each name may or may not have arrived, in any order, and a write may have arrived in part.
struct Disk {
  /// What becomes of that which is still on its way when the power fails.
  enum Fate: CaseIterable {
    /// None of it arrived.
    case lost
    /// All of it did: as after a kill.
    case kept
    /// Each piece by itself: lost, kept or torn.
    case mixed
  }

  private enum Change {
    case write(offset: Int, bytes: Data)
    case cut(length: Int)
  }

  private struct File {
    var safe = Data()
    var pending: [Change] = []
  }

  private var files: [File] = []
  /// As the program sees them; values are places in `files`.
  private var names: [String: Int] = [:]
  private var safeNames: [String: Int] = [:]
  private var pendingNames: [(path: String, file: Int?)] = []

  /// - Parameter content: of the files that are there at first, by path.
  init(_ content: [String: Data] = [:]) {
    for (path, bytes) in content {
      safeNames[path] = files.count
      files.append(File(safe: bytes))
    }
    names = safeNames
  }

  mutating func apply(_ entry: WriteLog.Entry) {
    switch entry {
    case .open(let path): _ = file(path)
    case .write(let path, let offset, let bytes):
      files[file(path)].pending.append(.write(offset: offset, bytes: bytes))
    case .cut(let path, let length): files[file(path)].pending.append(.cut(length: length))
    case .sync(let path, let folder):
      let place = file(path)
      for change in files[place].pending { Self.apply(change, to: &files[place].safe) }
      files[place].pending = []
      if folder { syncNames(besides: path) }
    case .delete(let path, let folder):
      names[path] = nil
      pendingNames.append((path, nil))
      if folder { syncNames(besides: path) }
    }
  }

  /// The files that may be there when the power comes back.
  func content(after fate: Fate, using generator: inout SeededGenerator) -> [String: Data] {
    var found = safeNames
    var settled: Set<String> = []
    for change in pendingNames where !settled.contains(change.path) {
      switch fate {
      case .lost: continue
      case .kept: break
      // The changes of one name arrive in order, up to some point.
      case .mixed where Bool.random(using: &generator):
        settled.insert(change.path)
        continue
      case .mixed: break
      }
      found[change.path] = change.file
    }
    return found.mapValues { place in
      var bytes = files[place].safe
      for change in files[place].pending {
        guard let arrived = Self.arrived(change, fate, &generator) else { continue }
        Self.apply(arrived, to: &bytes)
      }
      return bytes
    }
  }

  private mutating func file(_ path: String) -> Int {
    if let place = names[path] { return place }
    files.append(File())
    names[path] = files.count - 1
    pendingNames.append((path, files.count - 1))
    return files.count - 1
  }

  private mutating func syncNames(besides path: String) {
    func folder(_ path: String) -> Substring { path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex) }
    let synced = folder(path)
    for change in pendingNames where folder(change.path) == synced { safeNames[change.path] = change.file }
    pendingNames.removeAll { folder($0.path) == synced }
  }

  private static func arrived(_ change: Change, _ fate: Fate, _ generator: inout SeededGenerator) -> Change? {
    switch fate {
    case .lost: return nil
    case .kept: return change
    case .mixed: break
    }
    let roll = Int.random(in: 0..<3, using: &generator)
    guard roll > 0 else { return nil }
    guard roll == 2, case .write(let offset, let bytes) = change, bytes.count > 1 else { return change }
    // Torn: half of it, the first or the second, or cut anywhere; the rest is what was there before, or rubbish.
    let middle =
      Bool.random(using: &generator) ? bytes.count / 2 : Int.random(in: 1..<bytes.count, using: &generator)
    switch Int.random(in: 0..<3, using: &generator) {
    case 0: return .write(offset: offset, bytes: Data(bytes.prefix(middle)))
    case 1: return .write(offset: offset + middle, bytes: Data(bytes.dropFirst(middle)))
    default:
      let rubbish = (middle..<bytes.count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      return .write(offset: offset, bytes: Data(bytes.prefix(middle)) + Data(rubbish))
    }
  }

  private static func apply(_ change: Change, to bytes: inout Data) {
    switch change {
    case .write(let offset, let piece):
      let end = offset + piece.count
      if bytes.count < end { bytes.append(Data(count: end - bytes.count)) }
      bytes.replaceSubrange(offset..<end, with: piece)
    case .cut(let length):
      if bytes.count > length {
        bytes.removeSubrange(length...)
      } else {
        bytes.append(Data(count: length - bytes.count))
      }
    }
  }
}

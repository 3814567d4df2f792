// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Glibc

/// A child's log: its own output, and lines of the trial about it.
struct LogFile: Sendable {
  let path: String

  static let largest = 4 << 20
  static let kept = 3

  /// Moves a log that has grown large out of the way; the oldest is dropped.
  func rotate(largest: Int = LogFile.largest) {
    var about = Glibc.stat()
    guard stat(path, &about) == 0, Int(about.st_size) >= largest else { return }
    for number in stride(from: Self.kept, to: 1, by: -1) {
      rename("\(path).\(number - 1)", "\(path).\(number)")
    }
    rename(path, "\(path).1")
  }

  /// Opens it for a child to append to.
  func open() throws -> Int32 {
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StateFolder.unusable(path) }
    return descriptor
  }

  /// A line of the trial itself, told apart from the child's by its prefix.
  func note(_ text: String, at date: Date) {
    guard let descriptor = try? open() else { return }
    defer { close(descriptor) }
    let line = "[trial \(date.ISO8601Format())] \(text)\n"
    _ = line.withCString { write(descriptor, $0, strlen($0)) }
  }

  /// Its last lines, for an error message.
  func end(lines: Int) -> String {
    guard let handle = FileHandle(forReadingAtPath: path) else { return "" }
    defer { try? handle.close() }
    let size = (try? handle.seekToEnd()) ?? 0
    try? handle.seek(toOffset: size > 16_384 ? size - 16_384 : 0)
    let text = String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
    return text.split(separator: "\n").suffix(lines).joined(separator: "\n")
  }
}

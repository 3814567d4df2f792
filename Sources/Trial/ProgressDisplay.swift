// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Glibc
import Synchronization

/// Shows ``Progress`` on standard error: a list that changes in place on a terminal, plain lines anywhere else.
final class ProgressDisplay: Sendable {
  private struct Screen {
    var progress: Progress
    var drawn = 0
    var isOver = false
  }

  private let screen: Mutex<Screen>
  private let isTerminal: Bool
  private let start = ContinuousClock.now

  init(titles: [String]) {
    screen = Mutex(Screen(progress: Progress(titles: titles)))
    isTerminal = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  private var now: Duration { ContinuousClock.now - start }

  func begin(_ title: String) {
    screen.withLock { screen in
      screen.progress.begin(title, at: now)
      show(&screen, changed: nil)
    }
  }

  func finish(_ title: String, remark: String? = nil) {
    screen.withLock { screen in
      screen.progress.finish(title, remark: remark, at: now)
      show(&screen, changed: title)
    }
  }

  /// Leaves the list as it is: the start failed, or was given up.
  func fail() {
    screen.withLock { screen in
      screen.progress.fail()
      show(&screen, changed: nil)
      screen.isOver = true
    }
  }

  func end() { screen.withLock { $0.isOver = true } }

  /// A line of its own, below the list.
  func say(_ text: String) {
    screen.withLock { screen in
      put(text + "\n")
      screen.drawn = 0
      if isTerminal, !screen.isOver { show(&screen, changed: nil) }
    }
  }

  private func show(_ screen: inout Screen, changed: String?) {
    guard !screen.isOver else { return }
    if isTerminal {
      let lines = screen.progress.lines(width: Self.width)
      let up = screen.drawn > 0 ? "\u{1B}[\(screen.drawn)A" : ""
      put(up + lines.map { "\u{1B}[2K\($0)\n" }.joined())
      screen.drawn = lines.count
    } else if let changed, let step = screen.progress.steps.first(where: { $0.title == changed }) {
      put(Progress.line(for: step) + "\n")
    }
  }

  private func put(_ text: String) {
    _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
  }

  private static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col) - 1
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import Trial

@Suite("Trial: what a person sees")
struct ProgressTests {
  @Test("each step says whether it waits, works, is done or failed")
  func steps() {
    var progress = Progress(titles: ["One", "Two", "Three", "Four"])
    progress.begin("One", at: .seconds(1))
    progress.finish("One", remark: "kept", at: .milliseconds(1_250))
    progress.begin("Two", at: .seconds(2))
    progress.finish("Two", at: .seconds(14))
    progress.begin("Three", at: .seconds(14))
    #expect(
      progress.lines(width: 80) == ["  ✓ One (kept, 0.2 s)", "  ✓ Two (12.0 s)", "  … Three", "  · Four"])
    progress.fail()
    #expect(progress.lines(width: 80)[2] == "  ✗ Three")
    #expect(progress.lines(width: 6)[0] == "  ✓ On")
  }

  @Test("a step that nobody announced changes nothing")
  func unknown() {
    var progress = Progress(titles: ["One"])
    progress.begin("Other", at: .zero)
    progress.finish("One", at: .zero)
    #expect(progress.lines(width: 80) == ["  · One"])
  }

  @Test("the status is a table, and how a program ended is said when it had to be started again")
  func status() {
    let now = Date(timeIntervalSince1970: 10_000)
    let status = TrialStatus(
      pid: 1, isReady: false,
      children: [
        .init(name: "prosody", state: "ready", pid: 12, restarts: 0, port: 5222, since: now - 59),
        .init(
          name: "nginx", state: "backing off", pid: nil, restarts: 3, port: 8443, since: now - 3_661,
          lastExit: "was ended by signal 9"),
      ])
    #expect(
      status.table(now: now) == """
                 state        pid  port  restarts  since
        prosody  ready        12   5222  0         59 s
        nginx    backing off  –    8443  3         1 h 1 min
        nginx: was ended by signal 9 the last time; see logs/nginx.log

        """)
  }
}

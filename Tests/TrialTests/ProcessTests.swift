// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import Trial

@Suite("Trial: what the kernel says")
struct ProcessTests {
  @Test("a process's name may hold spaces and parentheses")
  func stat() throws {
    let tail = (4...21).map { _ in "7" }.joined(separator: " ")
    let stat = try #require(ProcessStat(line: "42 (a) b (c) S \(tail) 99 0 0\n"))
    #expect(
      stat.pid == 42 && stat.command == "a) b (c" && stat.state == "S" && stat.started == 99
        && stat.group == 7)
  }

  @Test(
    "a broken line is no process", arguments: ["", "1", "1 (a", "1 a) S", "x (a) S 1 2 3", "1 (a) S 1 2 3"])
  func broken(line: String) { #expect(ProcessStat(line: line) == nil) }

  @Test("this process is found as itself")
  func ownProcess() throws {
    let pid = ProcessInfo.processInfo.processIdentifier
    let stat = try #require(ProcessTable.stat(of: pid))
    #expect(stat.pid == pid && stat.started > 0)
    #expect(ProcessTable.workingDirectory(of: pid) == FileManager.default.currentDirectoryPath)
    #expect(!ProcessTable.boot.isEmpty)
  }

  @Test("only listening sockets of the port count")
  func sockets() {
    let table = """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 0100007F:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1
         1: 0100007F:20FB 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 222 1
         2: 0100007F:1466 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1
         3: 00000000000000000000000000000000:20FB 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 444 1
      """
    #expect(ListeningSockets.inodes(at: 8443, in: table) == [111, 444])
    #expect(ListeningSockets.inodes(at: 1, in: table) == [])
    #expect(ListeningSockets.inodes(at: 1, in: "") == [])
    let datagrams = """
         sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         7: 0100007F:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 555 2
         8: 0100007F:13C4 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 666 2
      """
    #expect(ListeningSockets.inodes(at: 5060, .udp, in: datagrams) == [555])
    #expect(ListeningSockets.inodes(at: 5060, .tcp, in: datagrams) == [])
  }
}

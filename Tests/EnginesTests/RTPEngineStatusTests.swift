// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import Engines

@Suite("rtpengine's numbers") struct RTPEngineStatusTests {
  @Test("the gauge of own sessions is read")
  func reads() {
    let metrics = """
      # HELP rtpengine_sessions Owned sessions
      # TYPE rtpengine_sessions gauge
      rtpengine_sessions{type="own"} 12
      rtpengine_sessions{type="foreign"} 3

      """
    #expect(RTPEngineStatus.sessions(in: metrics) == 12)
  }

  @Test(
    "anything else is not understood",
    arguments: [
      "", "none\n", "rtpengine_sessions{type=\"foreign\"} 1\n", "rtpengine_sessions{type=\"own\"} many\n",
    ])
  func strange(metrics: String) {
    #expect(RTPEngineStatus.sessions(in: metrics) == nil)
  }

  @Test("an rtpengine that does not run is unreachable")
  func absent() async {
    await #expect {
      _ = try await RTPEngineStatus(port: 1).sessions()
    } throws: { ($0 as? EngineError)?.code == .unreachable }
  }

  @Test(
    "the real one counts the call that it was offered", .timeLimit(.minutes(1)))
  func live() async throws {
    let port = Int.random(in: 21_000..<31_000)
    let rtpengine = try run(
      "/usr/bin/rtpengine",
      [
        "--config-file=none", "--foreground", "--log-stderr", "--log-level=3", "--table=-1",
        "--interface=127.0.0.1",
        "--listen-ng=127.0.0.1:\(port)", "--listen-http=127.0.0.1:\(port + 1)", "--port-min=\(port + 10)",
        "--port-max=\(port + 90)", "--dtls-cert-cipher=prime256v1",
      ])
    defer {
      // Not SIGTERM: a child of Foundation's has the signals blocked that the thread which made it has.
      kill(rtpengine.processIdentifier, SIGKILL)
      rtpengine.waitUntilExit()
    }
    let status = RTPEngineStatus(port: port + 1)
    for _ in 0..<200 where (try? await status.sessions()) == nil {
      try await Task.sleep(for: .milliseconds(25))
    }
    #expect(try await status.sessions() == 0)
    let sdp = "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9000 RTP/AVP 0\n"
    let offer = "d7:call-id1:c7:command5:offer8:from-tag1:f3:sdp\(sdp.utf8.count):\(sdp)e"
    // One write is one datagram: bash itself would write each line by itself.
    let script =
      "exec 3<>/dev/udp/127.0.0.1/$1; printf %s \"1 $2\" | dd bs=65535 iflag=fullblock status=none >&3"
    let ask = try run("/bin/bash", ["-c", script + "; head -c 1 <&3", "-", "\(port)", offer])
    ask.waitUntilExit()
    #expect(try await status.sessions() == 1)
  }

  private func run(_ executable: String, _ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: executable)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }
}

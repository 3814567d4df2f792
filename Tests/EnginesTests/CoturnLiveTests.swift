// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Foundation
import Testing

@testable import Engines

/// Its clients are those of `turnutils_uclient`, which comes with it.
@Suite(
  "coturn: the real one", .serialized)
struct CoturnLiveTests {
  static let secret = Secret("the secret of a test")
  static let password = Secret("the password of a test")

  /// Runs coturn on loopback, where it relays to nobody, while `body` runs.
  private func withCoturn(_ body: (_ port: Int, _ control: Int) async throws -> Void) async throws {
    let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "coturn-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let port = Int.random(in: 21_000..<31_000)
    let text = """
      realm=social.localhost
      listening-ip=127.0.0.1
      relay-ip=127.0.0.1
      listening-port=\(port)
      no-tls
      no-dtls
      min-port=\(port + 10)
      max-port=\(port + 90)
      use-auth-secret
      static-auth-secret=\(Self.secret.reveal())
      cli-ip=127.0.0.1
      cli-port=\(port + 1)
      cli-password=\(Self.password.reveal())
      userdb=\(folder.path(percentEncoded: false))/turndb
      pidfile=\(folder.path(percentEncoded: false))/turnserver.pid
      log-file=stdout
      simple-log
      """
    let configuration = folder.appending(path: "turnserver.conf")
    try text.write(to: configuration, atomically: true, encoding: .utf8)
    let coturn = try run("/usr/bin/turnserver", ["-c", configuration.path(percentEncoded: false)])
    defer { end(coturn) }
    let control = CoturnControl(port: port + 1, password: Self.password)
    try await eventually { (try? await control.sessions()) == 0 }
    try await body(port, port + 1)
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

  private func end(_ process: Process) {
    // Not SIGTERM: a child of Foundation's has the signals blocked that the thread which made it has.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  private func eventually(_ condition: () async -> Bool) async throws {
    for _ in 0..<800 {
      if await condition() { return }
      try await Task.sleep(for: .milliseconds(25))
    }
    Issue.record("it did not happen within twenty seconds")
  }

  /// A client that holds relays of its device until it is ended.
  private func client(of device: Device.ID, port: Int) throws -> Process {
    let credential = TURNCredential(
      secret: Self.secret, device: device.text, expiry: Date(timeIntervalSinceNow: 600))
    return try run(
      "/usr/bin/turnutils_uclient",
      [
        "-u", credential.username, "-w", credential.password.reveal(), "-c", "-m", "2", "-n", "100000",
        "-e", "198.51.100.1", "-p", "\(port)", "127.0.0.1",
      ])
  }

  @Test("what a device has ends, what others have stays, and both are counted", .timeLimit(.minutes(1)))
  func ends() async throws {
    let gone = try Device.ID("abcdefghjkmnpq01")
    let stays = try Device.ID("abcdefghjkmnpq02")
    try await withCoturn { port, controlPort in
      let control = CoturnControl(port: controlPort, password: Self.password, deadline: 20_000)
      let clients = [try client(of: gone, port: port), try client(of: stays, port: port)]
      defer { clients.forEach(end) }
      try await eventually { (try? await control.sessions()) == 8 }
      #expect(try await control.end(devices: [gone]) == 4)
      try await eventually { (try? await control.sessions()) == 4 }
      #expect(try await control.end(devices: [gone]) == 0)
      #expect(try await control.end(devices: []) == 0)
      #expect(try await control.end(devices: [gone, stays]) == 4)
    }
  }

  @Test("a wrong password is an error that says what to do")
  func wrongPassword() async throws {
    try await withCoturn { _, controlPort in
      let control = CoturnControl(port: controlPort, password: Secret("another"))
      await #expect {
        _ = try await control.sessions()
      } throws: {
        let error = $0 as? EngineError
        return error?.code == .unreachable && error?.cause.contains("password") == true
      }
    }
  }

  @Test("a coturn that does not run is unreachable")
  func absent() async {
    await #expect {
      _ = try await CoturnControl(port: 1, password: Self.password).end(devices: [
        Device.ID("abcdefghjkmnpq01")
      ])
    } throws: { ($0 as? EngineError)?.code == .unreachable }
  }
}

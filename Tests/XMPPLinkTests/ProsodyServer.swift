// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import XMPPLink

/// Debian's Prosody with its module for XEP-0356, on a loopback port, with a folder of its own.
final class ProsodyServer {
  let folder: URL
  let port: Int
  private var process: Process?

  /// - Parameter rights: what the component may do, as Lua.
  init(rights: String = "{ roster = 'both', message = 'outgoing' }") async throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "trunkline-link-\(UUID().uuidString)")
    port = try await Self.freePort()
    for (path, text) in [
      ("prosody.cfg.lua", Self.configuration(folder: folder.path, port: port, rights: rights)),
      ("data/social%2elocalhost/accounts/alice.dat", "return { ['password'] = 'not a real one' };"),
      ("data/social%2elocalhost/roster/alice.dat", Self.roster),
    ] {
      let file = folder.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    // Prosody refuses to be root.
    if getuid() == 0 {
      try #require(Self.run("chown", "-R", "prosody:prosody", folder.path) == 0, "there is no user “prosody”")
    }
  }

  /// Starts it and returns once it listens.
  func start() async throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let arguments = ["prosody", "-F", "--config", folder.appending(path: "prosody.cfg.lua").path]
    let asProsody = ["setpriv", "--reuid=prosody", "--regid=prosody", "--clear-groups", "--"]
    process.arguments = (getuid() == 0 ? asProsody : []) + arguments
    process.currentDirectoryURL = URL(filePath: "/")
    let output = folder.appending(path: "output")
    if !FileManager.default.fileExists(atPath: output.path) {
      _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    }
    let handle = try FileHandle(forWritingTo: output)
    try handle.seekToEnd()
    process.standardOutput = handle
    process.standardError = handle
    process.standardInput = FileHandle.nullDevice
    try process.run()
    self.process = process
    while !(await Self.listens(port)) {
      try #require(process.isRunning, "Prosody ended at its start:\n\(log)")
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Ends it in good order, or as a crash would.
  func stop(kill isKilled: Bool = false) {
    guard let process, process.isRunning else { return }
    kill(process.processIdentifier, isKilled ? SIGKILL : SIGTERM)
    process.waitUntilExit()
    self.process = nil
  }

  /// Stops it and takes everything away.
  func remove() {
    stop()
    try? FileManager.default.removeItem(at: folder)
  }

  var log: String {
    (try? String(decoding: Data(contentsOf: folder.appending(path: "output")), as: UTF8.self)) ?? ""
  }

  /// What it keeps for alice until she comes online.
  var kept: String {
    let file = folder.appending(path: "data/social%2elocalhost/offline/alice.list")
    return (try? String(decoding: Data(contentsOf: file), as: UTF8.self)) ?? ""
  }

  private static func run(_ arguments: String...) throws -> Int32 {
    let process = try Process.run(URL(filePath: "/usr/bin/env"), arguments: arguments)
    process.waitUntilExit()
    return process.terminationStatus
  }

  private static func freePort() async throws -> Int {
    let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(channel.localAddress?.port)
    try await channel.close()
    return port
  }

  private static func listens(_ port: Int) async -> Bool {
    let connection = try? await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connect(host: "127.0.0.1", port: port).get()
    try? await connection?.close()
    return connection != nil
  }

  private static let roster = """
    return {
      [false] = { ["version"] = 1, ["pending"] = {} };
      ["bob@example.org"] = { ["subscription"] = "both"; ["name"] = "Bob & <Co>"; ["groups"] = { ["Friends"] = true; }; };
      ["carol@example.org"] = { ["subscription"] = "none"; ["ask"] = "subscribe"; ["groups"] = {}; };
    };
    """

  private static func configuration(folder: String, port: Int, rights: String) -> String {
    """
    daemonize = false
    pidfile = "\(folder)/prosody.pid"
    data_path = "\(folder)/data"
    log = { { levels = { min = "debug" }, to = "console" } }
    interfaces = { "127.0.0.1" }
    c2s_ports = { } c2s_direct_tls_ports = { } s2s_ports = { } s2s_direct_tls_ports = { } http_ports = { } https_ports = { }
    component_ports = { \(port) } component_interfaces = { "127.0.0.1" }
    modules_enabled = { "roster", "ping", "offline", "privilege" }
    modules_disabled = { "s2s", "tls" }
    authentication = "internal_plain"
    VirtualHost "social.localhost"
      privileged_entities = { ["trunkline.social.localhost"] = \(rights) }
    Component "trunkline.social.localhost"
      component_secret = "not a real secret"
      modules_enabled = { "privilege" }
    """
  }
}

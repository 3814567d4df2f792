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
  private var process: pid_t?

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
    if getuid() == 0 { try Self.own(folder.path) }
  }

  /// Starts it and returns once it listens.
  func start() async throws {
    let arguments = ["prosody", "-F", "--config", folder.appending(path: "prosody.cfg.lua").path]
    let asProsody = ["setpriv", "--reuid=prosody", "--regid=prosody", "--clear-groups", "--"]
    process = try Self.spawn(
      (getuid() == 0 ? asProsody : []) + arguments, output: folder.appending(path: "output").path)
    while !(await Self.listens(port)) {
      try #require(isRunning, "Prosody ended at its start:\n\(log)")
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Ends it in good order, or as a crash would.
  func stop(kill isKilled: Bool = false) {
    guard let process else { return }
    kill(process, isKilled ? SIGKILL : SIGTERM)
    waitpid(process, nil, 0)
    self.process = nil
  }

  private var isRunning: Bool {
    guard let process, waitpid(process, nil, WNOHANG) == 0 else {
      process = nil
      return false
    }
    return true
  }

  /// Foundation's `Process` would leave the signals blocked that are blocked in Swift's threads, SIGTERM among them.
  private static func spawn(_ arguments: [String], output: String) throws -> pid_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    posix_spawn_file_actions_adddup2(&files, 1, 2)
    var words = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    let failure = posix_spawnp(&process, arguments[0], &files, &attributes, &words, environ)
    try #require(failure == 0, "\(arguments[0]): \(String(cString: strerror(failure)))")
    return process
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

  private static func own(_ path: String) throws {
    let user = try #require(getpwnam("prosody"), "there is no user “prosody”").pointee
    let paths = [path] + (FileManager.default.subpaths(atPath: path) ?? []).map { path + "/" + $0 }
    for path in paths { try #require(chown(path, user.pw_uid, user.pw_gid) == 0) }
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

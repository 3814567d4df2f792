// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Glibc

/// Makes the folders and small files of the state folder, each with its owner and mode.
struct StateFolder: Sendable {
  let layout: StateLayout
  let cast: Cast

  /// Makes what is missing, and sets owners and modes right again where they are not.
  func prepare() throws {
    let own = Identity.current
    let projection = Identity(user: cast.daemon.user, group: cast.prosody.group)
    // What Prosody has to tell lies where the daemon's group can read it; what members wrote does not.
    let observed = Identity(user: cast.prosody.user, group: cast.daemon.group)
    let sipProjection = Identity(user: cast.daemon.user, group: cast.kamailio.group)
    let sipObserved = Identity(user: cast.kamailio.user, group: cast.daemon.group)
    // The daemon writes the engines' configuration; where that has secrets in it, the engine's group alone reads along.
    let prosodyConfigured = Identity(user: cast.daemon.user, group: cast.prosody.group)
    let coturnConfigured = Identity(user: cast.daemon.user, group: cast.coturn.group)
    let folders: [(path: String, owner: Identity, mode: mode_t)] = [
      (layout.root, own, cast.isSeparated ? 0o711 : 0o700),
      (layout.run, own, 0o755),
      (layout.logs, own, 0o700),
      (layout.authority, own, 0o755),
      (layout.program, own, 0o755),
      (layout.secrets, cast.daemon, 0o700),
      (layout.daemon, cast.daemon, 0o700),
      (layout.engines, cast.daemon, 0o755),
      (layout.engines + "/prosody", prosodyConfigured, 0o2750),
      (layout.engines + "/coturn", coturnConfigured, 0o2750),
      (layout.sandbox, cast.sandbox, 0o700),
      (layout.tls, own, 0o711),
      (layout.tls + "/nginx", cast.nginx, 0o700),
      (layout.tls + "/prosody", cast.prosody, 0o700),
      (layout.tls + "/kamailio", cast.kamailio, 0o700),
      (layout.tls + "/coturn", cast.coturn, 0o700),
      (layout.xmpp, own, 0o711),
      (layout.projection, projection, 0o2750),
      (layout.prosody, observed, 0o2750),
      (layout.prosody + "/run", observed, 0o2750),
      (layout.prosody + "/data", cast.prosody, 0o700),
      (layout.sip, own, 0o711),
      (layout.sipProjection, sipProjection, 0o2750),
      (layout.kamailio, sipObserved, 0o2750),
      (layout.kamailio + "/run", cast.kamailio, 0o700),
      (layout.media, own, 0o711),
      (layout.rtpengine, cast.rtpengine, 0o700),
      (layout.coturn, cast.coturn, 0o700),
      (layout.nginx, cast.nginx, 0o700),
      (layout.nginx + "/temp", cast.nginx, 0o700),
    ]
    for folder in folders { try makeFolder(folder.path, owner: folder.owner, mode: folder.mode) }
  }

  /// Remembers whose folder it is, and refuses that of another domain: its accounts and its authority are that one's.
  func claim(_ hosts: TrialHosts) throws {
    // A folder without the file is of a time when there was one domain only.
    let isUsed = FileManager.default.fileExists(atPath: layout.configuration)
    let owner =
      (try? String(contentsOfFile: layout.domain, encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines) ?? (isUsed ? TrialHosts.loopback.domain : nil)
    guard owner == nil || owner == hosts.domain else {
      throw TrialError(
        code: .stateFolder, cause: "The state folder \(layout.root) is that of a trial of \(owner ?? "").",
        remedy: "Set TRUNKLINE_STATE to another folder for \(hosts.domain), or to none.")
    }
    try write(Data((hosts.domain + "\n").utf8), to: layout.domain, owner: .current, mode: 0o644)
  }

  /// Makes the secrets that are not there yet: 32 random bytes each, in base64.
  func prepareSecrets() throws {
    try keepSecret(layout.ledgerKey, owner: cast.daemon)
    try keepSecret(layout.webhookSecret, owner: cast.daemon)
    try keepSecret(layout.componentSecret, owner: cast.daemon)
    try keepSecret(layout.sipControlToken, owner: cast.daemon)
    try keepSecret(layout.turnSecret, owner: cast.daemon)
    try keepSecret(layout.turnControlPassword, owner: cast.daemon)
    try keepSecret(layout.sandboxControlToken, owner: cast.sandbox)
    // One secret, known to both ends.
    let webhook = try Data(contentsOf: URL(filePath: layout.webhookSecret))
    try write(webhook, to: layout.sandboxWebhookSecret, owner: cast.sandbox, mode: 0o600)
  }

  /// Writes a file whole or not at all, with its owner and mode from its first moment on.
  func write(_ data: Data, to path: String, owner: Identity, mode: mode_t) throws {
    let temporary = path + ".new"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.unusable(path) }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      try handle.write(contentsOf: data)
      try handle.synchronize()
    } catch {
      throw Self.unusable(path, because: "\(error)")
    }
    if owner != .current {
      guard fchown(descriptor, owner.user, owner.group) == 0 else { throw Self.unusable(path) }
    }
    guard fchmod(descriptor, mode) == 0, rename(temporary, path) == 0 else { throw Self.unusable(path) }
  }

  private func keepSecret(_ path: String, owner: Identity) throws {
    var about = Glibc.stat()
    if lstat(path, &about) == 0, about.st_size > 0 { return }
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    try write(Data(Data(bytes).base64EncodedString().utf8), to: path, owner: owner, mode: 0o600)
  }

  private func makeFolder(_ path: String, owner: Identity, mode: mode_t) throws {
    if mkdir(path, 0o700) != 0, errno != EEXIST { throw Self.unusable(path) }
    var about = Glibc.stat()
    guard lstat(path, &about) == 0, about.st_mode & S_IFMT == S_IFDIR else {
      throw Self.unusable(path, because: "it is no folder")
    }
    if about.st_uid != owner.user || about.st_gid != owner.group {
      guard chown(path, owner.user, owner.group) == 0 else { throw Self.unusable(path) }
    }
    guard chmod(path, mode) == 0 else { throw Self.unusable(path) }
  }

  static func unusable(_ path: String, because reason: String? = nil) -> TrialError {
    let reason = reason ?? String(cString: strerror(errno))
    return TrialError(
      code: .stateFolder, cause: "\(path) cannot be written: \(reason).",
      remedy: "Make it writable, or set TRUNKLINE_STATE to another folder.")
  }
}

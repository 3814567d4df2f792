// SPDX-License-Identifier: AGPL-3.0-or-later

import Glibc

/// As whom a program runs.
struct Identity: Sendable, Hashable {
  var user: UInt32
  var group: UInt32

  /// Who runs this program.
  static var current: Identity { Identity(user: geteuid(), group: getegid()) }

  /// - Throws: ``TrialError`` if there is no such user: the package that makes it is not installed.
  static func named(_ name: String, package: String) throws -> Identity {
    guard let entry = getpwnam(name) else {
      throw TrialError(
        code: .missing, cause: "There is no user “\(name)” here: the package \(package) is not installed.",
        remedy: "Run dist/install-requirements, or type “make up”.")
    }
    return Identity(user: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
  }
}

/// Who runs what: no part sees another's files, and none is root.
struct Cast: Sendable, Hashable {
  var daemon: Identity
  var sandbox: Identity
  var prosody: Identity
  var nginx: Identity
  var kamailio: Identity
  var rtpengine: Identity
  var coturn: Identity
  /// Whether each part has a user of its own. Else all run as the caller.
  var isSeparated: Bool

  /// Numbers that no package of Debian uses (policy manual, section 9.2.2); they need no entry in passwd.
  private static let daemonUser: UInt32 = 60_700
  private static let sandboxUser: UInt32 = 60_701

  /// Root gives each part a user of its own; anybody else can only be themself.
  static func resolve() throws -> Cast {
    let caller = Identity.current
    guard caller.user == 0 else {
      return Cast(
        daemon: caller, sandbox: caller, prosody: caller, nginx: caller, kamailio: caller, rtpengine: caller,
        coturn: caller, isSeparated: false)
    }
    return Cast(
      daemon: Identity(user: daemonUser, group: daemonUser),
      sandbox: Identity(user: sandboxUser, group: sandboxUser),
      prosody: try .named("prosody", package: "prosody"),
      nginx: try .named("www-data", package: "base-passwd"),
      kamailio: try .named("kamailio", package: "kamailio"),
      rtpengine: try .named("rtpengine", package: "rtpengine-daemon"),
      coturn: try .named("turnserver", package: "coturn"),
      isSeparated: true)
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// What a program that started the trial wants to know when it is ready.
struct ReadyReport: Encodable {
  struct Hosts: Encodable {
    var homeServer = TrialHosts.homeServer
    var portal = TrialHosts.portal
    var uploads = TrialHosts.uploads
    var rooms = TrialHosts.rooms
    var domain = TrialHosts.domain

    enum CodingKeys: String, CodingKey {
      case homeServer = "home_server"
      case portal, uploads, rooms, domain
    }
  }

  /// As whom a program runs; tests run the command line as the daemon's user.
  struct User: Encodable {
    var uid: UInt32
    var gid: UInt32
    init(_ identity: Identity) { (uid, gid) = (identity.user, identity.group) }
  }

  var pid: Int32
  var state: String
  var ports: [String: Int]
  var hosts = Hosts()
  var authority: String
  var configuration: String
  var executable: String
  var share: String
  var libraries: String
  var sandboxControlToken: String
  var users: [String: User]

  enum CodingKeys: String, CodingKey {
    case pid, state, ports, hosts, configuration, executable, share, libraries, users
    case authority = "ca"
    case sandboxControlToken = "sandbox_control_token_file"
  }

  init(pid: Int32, layout: StateLayout, ports: PortPlan, cast: Cast) {
    self.pid = pid
    state = layout.root
    self.ports = Dictionary(uniqueKeysWithValues: PortPlan.Port.allCases.map { ($0.rawValue, ports[$0]) })
    authority = layout.authorityCertificate
    configuration = layout.configuration
    executable = layout.executable
    share = layout.share
    libraries = layout.libraries
    sandboxControlToken = layout.sandboxControlToken
    users = [
      "daemon": User(cast.daemon), "sandbox": User(cast.sandbox), "prosody": User(cast.prosody),
      "nginx": User(cast.nginx),
    ]
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// What a program that started the trial wants to know when it is ready.
struct ReadyReport: Encodable {
  struct Hosts: Encodable {
    var homeServer: String
    var portal: String
    var uploads: String
    var rooms: String
    var domain: String

    init(_ hosts: TrialHosts) {
      (homeServer, portal, uploads) = (hosts.homeServer, hosts.portal, hosts.uploads)
      (rooms, domain) = (hosts.rooms, hosts.domain)
    }

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
  /// First and last, UDP.
  var portRanges: [String: [Int]]
  var hosts: Hosts
  /// Where others reach it, besides loopback.
  var addresses: [String]
  var authority: String
  var configuration: String
  var executable: String
  var share: String
  var libraries: String
  var sandboxControlToken: String
  var users: [String: User]

  enum CodingKeys: String, CodingKey {
    case pid, state, ports, hosts, addresses, configuration, executable, share, libraries, users
    case portRanges = "port_ranges"
    case authority = "ca"
    case sandboxControlToken = "sandbox_control_token_file"
  }

  init(pid: Int32, layout: StateLayout, ports: PortPlan, cast: Cast, reach: Reach) {
    self.pid = pid
    state = layout.root
    self.ports = Dictionary(uniqueKeysWithValues: PortPlan.Port.allCases.map { ($0.rawValue, ports[$0]) })
    portRanges = [
      "media": [ports.media.lowerBound, ports.media.upperBound],
      "relay": [ports.relay.lowerBound, ports.relay.upperBound],
    ]
    hosts = Hosts(reach.hosts)
    addresses = reach.addresses
    authority = layout.authorityCertificate
    configuration = layout.configuration
    executable = layout.executable
    share = layout.share
    libraries = layout.libraries
    sandboxControlToken = layout.sandboxControlToken
    users = [
      "daemon": User(cast.daemon), "sandbox": User(cast.sandbox), "prosody": User(cast.prosody),
      "nginx": User(cast.nginx), "kamailio": User(cast.kamailio), "rtpengine": User(cast.rtpengine),
      "coturn": User(cast.coturn),
    ]
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// What a trial says about itself before anybody else can get to it; pure.
struct OpenDoors: Sendable {
  let reach: Reach
  let ports: PortPlan
  let layout: StateLayout

  /// What becomes reachable, for whom, and what that means: said before anything is opened.
  var warning: [String] {
    let open = PortPlan.Port.allCases.filter(\.isForClients).map { port in
      "    \(ports[port]) \(port.transports.map(\.rawValue).joined(separator: "+")): \(port.purpose)"
    }
    return [
      "This trial is not for this machine alone. Whoever can reach \(reach.addresses.joined(separator: " or ")) gets to these ports:"
    ] + open + [
      "    \(Self.text(ports.media)) UDP: sound and pictures (rtpengine); \(Self.text(ports.relay)) UDP: relays (coturn)",
      "  The passwords of the sandbox's members are public, so anybody there can sign in as any of them and call through this",
      "  machine; SIP is open without encryption, too. So: only in a network whose people you trust, never on the Internet.",
      "  Ctrl-C closes it all again.",
    ]
  }

  /// How to use it from a phone, said when all is ready.
  var instructions: [String] {
    let hosts = reach.hosts
    return [
      "Handles are @alice@\(hosts.domain); apps connect to \(hosts.domain), port \(ports[.client]) (chat) and \(ports[.sipTLS]) (calls, TLS).",
      "So that a phone believes the certificates, copy \(layout.authorityCertificate) to it (by cable or mail) and open it there:",
      "  Android: Settings, Security, Encryption & credentials, Install a certificate, CA certificate.",
      "  iOS: install the profile in Settings, then switch it on in General, About, Certificate Trust Settings.",
      "  It can sign names at and below \(hosts.domain) only. Remove it from the phone when you are done.",
    ]
  }

  private static func text(_ ports: ClosedRange<Int>) -> String { "\(ports.lowerBound)-\(ports.upperBound)" }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// The programs of a trial, in the order in which they start.
struct Cue: Sendable {
  let layout: StateLayout
  let ports: PortPlan
  let cast: Cast
  let programs: Programs
  var reach = Reach.loopback
  /// What tests tell the daemon besides: no setting of a site.
  var asides: [String: String] = [:]

  /// The daemon comes last: the engines must not need it, and it finds its home server behind nginx. Kamailio asks
  /// rtpengine how it is when it starts.
  var children: [ChildPlan] {
    [sandboxChild, prosodyChild, rtpengineChild, kamailioChild, coturnChild, nginxChild, daemonChild]
  }

  /// What the daemon's executable needs to find its files, also in another user's hands.
  var programEnvironment: [String: String] {
    [
      "TRUNKLINE_SHARE": layout.share, "TRUNKLINE_TRIAL_FILES": layout.trialFiles,
      "LD_LIBRARY_PATH": layout.libraries, "HOME": "/nonexistent",
    ]
  }

  private var sandboxChild: ChildPlan {
    ChildPlan(
      name: "sandbox", title: "Sandbox home server", executable: layout.trialExecutable,
      arguments: [
        "sandbox", "--state", layout.root, "--port-offset", String(ports.offset), "--domain",
        reach.hosts.domain,
      ],
      environment: programEnvironment, identity: cast.sandbox,
      readiness: [.answers(port: ports[.sandbox], path: "/api/v2/instance", host: reach.hosts.homeServer)],
      port: ports[.sandbox])
  }

  private var prosodyChild: ChildPlan {
    // A port that is taken is only logged by Prosody, so each is asked for.
    let listening: [PortPlan.Port] = [.client, .clientTLS, .server, .serverTLS, .engineHTTP, .component]
    return ChildPlan(
      name: "prosody", title: "Prosody (chat)", executable: programs.prosody,
      arguments: ["-F", "--config", layout.prosodyConfiguration], environment: ["HOME": layout.prosody],
      identity: cast.prosody, readiness: listening.map { .accepts(port: ports[$0]) }, port: ports[.client])
  }

  private var rtpengineChild: ChildPlan {
    ChildPlan(
      name: "rtpengine", title: "rtpengine (sound and pictures)", executable: programs.rtpengine,
      arguments: ["--foreground", "--log-stderr", "--config-file=\(layout.rtpengineConfiguration)"],
      environment: ["HOME": layout.rtpengine], identity: cast.rtpengine,
      readiness: [.replies(port: ports[.mediaControl], .media), .accepts(port: ports[.mediaHTTP])],
      port: ports[.mediaControl])
  }

  private var kamailioChild: ChildPlan {
    let listening: [PortPlan.Port] = [.sip, .sipTLS, .sipWebSocket, .sipControl]
    return ChildPlan(
      name: "kamailio", title: "Kamailio (calls)", executable: "/bin/sh",
      // The last number is the least memory to share; the configuration has the right one.
      arguments: [layout.share + "/kamailio/start", layout.kamailioConfiguration, layout.kamailio, "64"],
      environment: ["HOME": layout.kamailio], identity: cast.kamailio,
      readiness: listening.map { .accepts(port: ports[$0]) } + [
        .replies(port: ports[.sip], .sip(domain: reach.hosts.domain))
      ],
      port: ports[.sip])
  }

  private var coturnChild: ChildPlan {
    let host = reach.mediaInterfaces[0]
    return ChildPlan(
      name: "coturn", title: "coturn (help through NAT)", executable: programs.coturn,
      arguments: ["-c", layout.coturnConfiguration], environment: ["HOME": layout.coturn],
      identity: cast.coturn,
      readiness: [
        .accepts(host: host, port: ports[.turn]), .accepts(host: host, port: ports[.turnTLS]),
        .accepts(port: ports[.turnControl]), .replies(host: host, port: ports[.turn], .stun),
      ],
      port: ports[.turn])
  }

  private var nginxChild: ChildPlan {
    ChildPlan(
      name: "nginx", title: "nginx (TLS)", executable: programs.nginx,
      arguments: ["-e", "stderr", "-p", layout.nginx, "-c", layout.nginxConfiguration, "-g", "daemon off;"],
      environment: ["HOME": layout.nginx], identity: cast.nginx, readiness: [.accepts(port: ports[.https])],
      port: ports[.https])
  }

  private var daemonChild: ChildPlan {
    ChildPlan(
      name: "daemon", title: "Trunkline’s daemon", executable: layout.executable,
      arguments: ["serve", "--config", layout.configuration],
      environment: programEnvironment.merging(asides) { $1 },
      identity: cast.daemon,
      readiness: [
        .answers(port: ports[.portal], path: "/livez", host: reach.hosts.portal),
        .answers(port: ports[.portal], path: "/readyz", host: reach.hosts.portal),
      ],
      port: ports[.portal])
  }
}

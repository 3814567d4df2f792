// SPDX-License-Identifier: AGPL-3.0-or-later

/// One program that the trial keeps running.
struct ChildPlan: Sendable {
  var name: String
  /// What it is, for the person who waits for it.
  var title: String
  var executable: String
  var arguments: [String]
  var environment: [String: String] = [:]
  var identity: Identity
  /// All must succeed before it counts as ready.
  var readiness: [Probe]
  /// The port that says most about it, for the status.
  var port: Int
}

/// The programs of a trial, in the order in which they start.
struct Cue: Sendable {
  let layout: StateLayout
  let ports: PortPlan
  let cast: Cast
  let prosody: String
  let nginx: String

  /// The daemon comes last: the engines must not need it, and it finds its home server behind nginx.
  var children: [ChildPlan] { [sandboxChild, prosodyChild, nginxChild, daemonChild] }

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
      arguments: ["sandbox", "--state", layout.root, "--port-offset", String(ports.offset)],
      environment: programEnvironment, identity: cast.sandbox,
      readiness: [.answers(port: ports[.sandbox], path: "/api/v2/instance", host: TrialHosts.homeServer)],
      port: ports[.sandbox])
  }

  private var prosodyChild: ChildPlan {
    // A port that is taken is only logged by Prosody, so each is asked for.
    let listening: [PortPlan.Port] = [.client, .clientTLS, .server, .serverTLS, .engineHTTP]
    return ChildPlan(
      name: "prosody", title: "Prosody (chat)", executable: prosody,
      arguments: ["-F", "--config", layout.prosodyConfiguration], environment: ["HOME": layout.prosody],
      identity: cast.prosody, readiness: listening.map { .accepts(port: ports[$0]) }, port: ports[.client])
  }

  private var nginxChild: ChildPlan {
    ChildPlan(
      name: "nginx", title: "nginx (TLS)", executable: nginx,
      arguments: ["-e", "stderr", "-p", layout.nginx, "-c", layout.nginxConfiguration, "-g", "daemon off;"],
      environment: ["HOME": layout.nginx], identity: cast.nginx, readiness: [.accepts(port: ports[.https])],
      port: ports[.https])
  }

  private var daemonChild: ChildPlan {
    ChildPlan(
      name: "daemon", title: "Trunkline’s daemon", executable: layout.executable,
      arguments: ["serve", "--config", layout.configuration], environment: programEnvironment,
      identity: cast.daemon,
      readiness: [
        .answers(port: ports[.portal], path: "/livez", host: TrialHosts.portal),
        .answers(port: ports[.portal], path: "/readyz", host: TrialHosts.portal),
      ],
      port: ports[.portal])
  }
}

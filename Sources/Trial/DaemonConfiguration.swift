// SPDX-License-Identifier: AGPL-3.0-or-later

/// The text of the daemon's configuration file in a trial.
struct DaemonConfiguration: Sendable {
  var layout: StateLayout
  var ports: PortPlan

  /// YAML. Paths need no quotes: ``StateLayout`` lets only plain characters through.
  var text: String {
    """
    # Written by the trial at each start: changes made here are lost.
    domain: \(TrialHosts.domain)
    state: \(layout.daemon)
    key_file: \(layout.ledgerKey)

    home_server:
      url: \(TrialHosts.url(TrialHosts.homeServer, ports: ports))
      connect_address: 127.0.0.1
      ca_file: \(layout.authorityCertificate)
      webhook_secret_file: \(layout.webhookSecret)
      poll_interval: 600

    portal:
      url: \(TrialHosts.url(TrialHosts.portal, ports: ports))
      listen: 127.0.0.1:\(ports[.portal])
      trusted_proxies: [127.0.0.1]

    nginx:
      https_port: \(ports[.https])
      certificate: \(layout.certificate(of: "nginx"))
      certificate_key: \(layout.certificateKey(of: "nginx"))
      home_server_upstream: http://127.0.0.1:\(ports[.sandbox])

    xmpp:
      rooms_host: \(TrialHosts.rooms)
      upload_url: \(TrialHosts.url(TrialHosts.uploads, ports: ports))
      interfaces: [127.0.0.1]
      c2s_port: \(ports[.client])
      c2s_direct_tls_port: \(ports[.clientTLS])
      s2s_port: \(ports[.server])
      s2s_direct_tls_port: \(ports[.serverTLS])
      http_port: \(ports[.engineHTTP])
      certificate: \(layout.certificate(of: "prosody"))
      certificate_key: \(layout.certificateKey(of: "prosody"))
      projection: \(layout.projection)
      engine_state: \(layout.prosody)

    log:
      level: info
      format: text

    """
  }
}

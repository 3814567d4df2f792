// SPDX-License-Identifier: AGPL-3.0-or-later

/// The text of the daemon's configuration file in a trial.
struct DaemonConfiguration: Sendable {
  var layout: StateLayout
  var ports: PortPlan
  var reach = Reach.loopback

  /// YAML. Paths need no quotes: ``StateLayout`` lets only plain characters through.
  var text: String {
    let hosts = reach.hosts
    let interfaces = Self.list(reach.interfaces)
    return """
      # Written by the trial at each start: changes made here are lost.
      domain: \(hosts.domain)
      state: \(layout.daemon)
      key_file: \(layout.ledgerKey)

      home_server:
        url: \(hosts.url(hosts.homeServer, ports: ports))
        connect_address: 127.0.0.1
        ca_file: \(layout.authorityCertificate)
        webhook_secret_file: \(layout.webhookSecret)
        poll_interval: 600
        web_app_id: 1

      portal:
        url: \(hosts.url(hosts.portal, ports: ports))
        listen: 127.0.0.1:\(ports[.portal])
        trusted_proxies: [127.0.0.1]

      nginx:
        https_port: \(ports[.https])
        certificate: \(layout.certificate(of: "nginx"))
        certificate_key: \(layout.certificateKey(of: "nginx"))
        home_server_upstream: http://127.0.0.1:\(ports[.sandbox])

      xmpp:
        rooms_host: \(hosts.rooms)
        upload_url: \(hosts.url(hosts.uploads, ports: ports))
        interfaces: \(interfaces)
        c2s_port: \(ports[.client])
        c2s_direct_tls_port: \(ports[.clientTLS])
        s2s_port: \(ports[.server])
        s2s_direct_tls_port: \(ports[.serverTLS])
        http_port: \(ports[.engineHTTP])
        component_port: \(ports[.component])
        component_secret_file: \(layout.componentSecret)
        certificate: \(layout.certificate(of: "prosody"))
        certificate_key: \(layout.certificateKey(of: "prosody"))
        projection: \(layout.projection)
        engine_state: \(layout.prosody)

      sip:
        enabled: yes
        interfaces: \(interfaces)
        cleartext: yes
        port: \(ports[.sip])
        tls_port: \(ports[.sipTLS])
        websocket_port: \(ports[.sipWebSocket])
        control_port: \(ports[.sipControl])
        certificate: \(layout.certificate(of: "kamailio"))
        certificate_key: \(layout.certificateKey(of: "kamailio"))
        projection: \(layout.sipProjection)
        engine_state: \(layout.kamailio)
        control_token_file: \(layout.sipControlToken)

      media:
        interfaces: \(Self.list(reach.mediaInterfaces))
        ports: \(Self.range(ports.media))
        ng_port: \(ports[.mediaControl])
        http_port: \(ports[.mediaHTTP])
        engine_state: \(layout.rtpengine)

      turn:
        enabled: yes
        interfaces: \(Self.list(reach.mediaInterfaces))
        port: \(ports[.turn])
        tls_port: \(ports[.turnTLS])
        ports: \(Self.range(ports.relay))
        secret_file: \(layout.turnSecret)
        control_port: \(ports[.turnControl])
        control_password_file: \(layout.turnControlPassword)
        certificate: \(layout.certificate(of: "coturn"))
        certificate_key: \(layout.certificateKey(of: "coturn"))
        engine_state: \(layout.coturn)

      log:
        level: info
        format: text

      """
  }

  /// Quoted, since `::1` alone would be read as something else.
  private static func list(_ addresses: [String]) -> String {
    "[" + addresses.map { $0.contains(":") ? "\"\($0)\"" : $0 }.joined(separator: ", ") + "]"
  }

  private static func range(_ ports: ClosedRange<Int>) -> String { "\(ports.lowerBound)-\(ports.upperBound)" }
}

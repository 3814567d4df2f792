// SPDX-License-Identifier: AGPL-3.0-or-later

extension Setting {
  private static let port = Kind.integer(1...65_535)

  /// Kamailio's part. Nothing of it is needed where calls are off.
  static let sip: [Setting] = [
    Setting("sip.enabled", .flag, default: "no", "Whether members can have calls."),
    Setting(
      "sip.interfaces", .ownAddresses, required: .with("sip.enabled"),
      "The addresses of this machine that Kamailio listens at, as phones reach them."),
    Setting(
      "sip.advertised_address", .address,
      "The address that the world sees, where this machine has another one (NAT); phones are told this one."),
    Setting(
      "sip.cleartext", .flag, default: "no",
      "Whether phones may connect without encryption, by UDP and TCP. Who listens sees who calls whom."),
    Setting("sip.port", port, default: "5060", "For phones without encryption, UDP and TCP."),
    Setting("sip.tls_port", port, default: "5061", "For phones, TLS."),
    Setting(
      "sip.websocket_port", port, default: "5066",
      "Kamailio's WebSocket on loopback, behind nginx: for browsers."),
    Setting(
      "sip.control_port", port, default: "5067",
      "Kamailio's http on loopback: the daemon's pushes and questions."),
    Setting(
      "sip.certificate", .path, required: .with("sip.enabled"),
      "The certificate chain for the domain, PEM, readable by Kamailio."),
    Setting("sip.certificate_key", .path, required: .with("sip.enabled"), "Its key."),
    Setting(
      "sip.projection", .path, default: "/var/lib/trunkline-sip",
      "The folder of the database that Kamailio reads; owned by the daemon's user, of Kamailio's group, mode 2750."
    ),
    Setting(
      "sip.engine_state", .path, default: "/var/lib/trunkline-kamailio",
      "Kamailio's own folder: its registrations, and what it tells the daemon."),
    Setting(
      "sip.control_token_file", .path, required: .with("sip.enabled"),
      "A file with the token that the daemon shows to Kamailio: openssl rand -hex 32."),
  ]

  /// What members have of their calls.
  static let calls: [Setting] = [
    Setting(
      "calls.history_days", .integer(0...3_650), default: "30",
      "How long the calls that members made and got stay in their histories; 0: there are none. Missed calls are told all the same."
    ),
    Setting(
      "calls.other_domains", .flag, default: "yes",
      "Whether members can call SIP addresses of other domains. Nobody calls from there."
    ),
  ]

  /// rtpengine's part; it comes with calls.
  static let media: [Setting] = [
    Setting(
      "media.interfaces", .ownAddresses, required: .with("sip.enabled"),
      "The addresses of this machine that rtpengine sends and receives sound and pictures at."),
    Setting(
      "media.ports", .ports, default: "30000-39999", "The UDP ports of rtpengine; a call takes four to eight."
    ),
    Setting("media.ng_port", port, default: "5068", "Where Kamailio asks rtpengine, UDP on loopback."),
    Setting(
      "media.http_port", port, default: "5069", "rtpengine's http on loopback: what the daemon counts."),
    Setting(
      "media.engine_state", .path, default: "/var/lib/trunkline-rtpengine", "rtpengine's own folder."),
  ]

  /// coturn's part.
  static let turn: [Setting] = [
    Setting("turn.enabled", .flag, default: "no", "Whether coturn helps browsers and phones through NAT."),
    Setting("turn.port", port, default: "3478", "For STUN and TURN, UDP and TCP."),
    Setting("turn.tls_port", port, default: "5349", "For TURN, TLS and DTLS."),
    Setting(
      "turn.interfaces", .ownAddresses, required: .with("turn.enabled"),
      "The addresses of this machine that coturn listens and relays at."),
    Setting("turn.ports", .ports, default: "40000-49999", "The UDP ports that coturn relays at."),
    Setting(
      "turn.secret_file", .path, required: .with("turn.enabled"),
      "A file with the secret that short-lived credentials are made from: openssl rand -hex 32."),
    Setting("turn.control_port", port, default: "5766", "coturn's command port, on loopback."),
    Setting(
      "turn.control_password_file", .path, required: .with("turn.enabled"),
      "A file with the password of the command port: openssl rand -hex 32."),
    Setting(
      "turn.certificate", .path, required: .with("turn.enabled"),
      "The certificate chain for the portal's host, which clients are told, PEM, readable by coturn."),
    Setting("turn.certificate_key", .path, required: .with("turn.enabled"), "Its key."),
    Setting("turn.engine_state", .path, default: "/var/lib/trunkline-coturn", "coturn's own folder."),
  ]
}

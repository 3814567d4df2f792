// SPDX-License-Identifier: AGPL-3.0-or-later

extension Setting {
  /// All that can be set.
  public static let all: [Setting] = base + sip + calls + media + turn + discovery + common

  static let named = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

  /// What every site has: the daemon, nginx and chat.
  private static let base: [Setting] = [
    Setting(
      "domain", .hostName, required: .always,
      "What stands behind the @ of your members: Mastodon's LOCAL_DOMAIN."),
    Setting("state", .path, default: "/var/lib/trunkline", "The folder of the ledger. Back it up."),
    Setting(
      "key_file", .path, default: "/etc/trunkline/ledger.key",
      "A file with 32 random bytes in base 64 that encrypts the home server's tokens: openssl rand -base64 32."
    ),

    Setting(
      "home_server.url", .origin, required: .always,
      "Where Mastodon's pages are: https:// and its WEB_DOMAIN."),
    Setting(
      "home_server.connect_address", .address,
      "Connect to this address instead of what DNS says; the certificate must still be for the name."),
    Setting("home_server.ca_file", .path, "Trust the certificates in this file too."),
    Setting(
      "home_server.admin_token_file", .path,
      "A file with a Mastodon token that may read accounts as an admin (admin:read:accounts, and admin:read:domain_blocks): standing, and which servers are shut out, are then known exactly."
    ),
    Setting(
      "home_server.webhook_secret_file", .path,
      "A file with the secret that Mastodon shows for the webhook to /webhooks/mastodon."),
    Setting(
      "home_server.poll_interval", .integer(60...86_400), default: "600",
      "How often each account's standing is asked for, in seconds."),
    Setting(
      "home_server.web_app_id", .identifier,
      "The id of Mastodon's own web app: only its pages' tokens let a browser in. Without it chat cannot be opened there."
    ),

    Setting(
      "portal.url", .origin, required: .always,
      "Where members find the portal: a host of its own, such as https://chat.example.social."),
    Setting(
      "portal.listen", .listen, default: "127.0.0.1:8480",
      "Where the daemon listens; nginx is in front of it."),
    Setting(
      "portal.trusted_proxies", .addresses, default: "127.0.0.1 ::1",
      "From these addresses X-Forwarded-For is believed."),

    Setting("nginx.https_port", .integer(1...65_535), default: "443", "The port that nginx serves https at."),
    Setting("nginx.certificate", .path, "The certificate chain for portal and uploads, PEM."),
    Setting("nginx.certificate_key", .path, "Its key."),
    Setting(
      "nginx.home_server_upstream", .upstream,
      "Only where this nginx serves the home server too: where it listens."),

    Setting("xmpp.rooms_host", .hostName, "The host name of chat rooms; rooms.DOMAIN if not given."),
    Setting(
      "xmpp.upload_url", .origin, required: .always,
      "Where uploaded files are served: a third host, such as https://upload.example.social."),
    Setting("xmpp.interfaces", .addresses, default: "0.0.0.0 ::", "The addresses that Prosody listens at."),
    Setting("xmpp.c2s_port", .integer(1...65_535), default: "5222", "For apps, STARTTLS."),
    Setting(
      "xmpp.c2s_direct_tls_port", .integer(1...65_535), default: "5223", "For apps, TLS from the first byte."),
    Setting("xmpp.s2s_port", .integer(1...65_535), default: "5269", "For other servers, STARTTLS."),
    Setting(
      "xmpp.s2s_direct_tls_port", .integer(1...65_535), default: "5270",
      "For other servers, TLS from the first byte."),
    Setting(
      "xmpp.http_port", .integer(1...65_535), default: "5280",
      "Prosody's http on loopback, behind nginx: WebSocket and uploads."),
    Setting(
      "xmpp.component_port", .integer(1...65_535), default: "5347",
      "Where the daemon's own connection to Prosody goes, on loopback."),
    Setting(
      "xmpp.component_secret_file", .path, default: "/etc/trunkline/component.secret",
      "A file with the secret that the daemon shows to Prosody: openssl rand -hex 32."),
    Setting(
      "xmpp.certificate", .path, required: .always,
      "The certificate chain for the domain and its rooms, PEM, readable by Prosody."),
    Setting("xmpp.certificate_key", .path, required: .always, "Its key."),
    Setting(
      "xmpp.projection", .path, default: "/var/lib/trunkline-xmpp",
      "The folder of the database that Prosody reads; owned by the daemon's user, of Prosody's group, mode 2750."
    ),
    Setting(
      "xmpp.engine_state", .path, default: "/var/lib/trunkline-prosody",
      "Prosody's own folder: its data, its sockets, and what it tells the daemon."),
    Setting("xmpp.upload_size_mb", .integer(1...10_000), default: "100", "The largest file, in megabytes."),
    Setting(
      "xmpp.upload_quota_mb", .integer(1...1_000_000), default: "1024",
      "What one member may have stored, all files together, in megabytes."),
    Setting(
      "xmpp.upload_retention_days", .integer(1...3_650), default: "30", "How long uploaded files stay."),
    Setting(
      "xmpp.archive_retention_days", .integer(1...3_650), default: "365",
      "How long messages stay in the archive."),
    Setting(
      "xmpp.contact", .contacts,
      "Where people and other servers' admins can write to about this site; shown to whoever asks (XEP-0157)."
    ),
  ]

  private static let common: [Setting] = [
    Setting(
      "devices.limit", .integer(1...1_000), default: "20", "How many devices one member may have at once."),
    Setting(
      "web_sessions.lease_minutes", .integer(2...60), default: "15",
      "How long a browser that chat is open in may go on without asking again."),

    Setting(
      "log.level", .choice(["trace", "debug", "info", "notice", "warning", "error"]), default: "info",
      "How much is logged."),
    Setting(
      "log.format", .choice(["text", "json"]), default: "text", "For people, or one JSON object a line."),
  ]
}

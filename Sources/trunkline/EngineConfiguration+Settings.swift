// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Engines
import Foundation
import Settings

extension ProsodyConfiguration {
  /// Below the folder that the engines' files are written to: Prosody's copy of the secret that coturn has too.
  static let turnSecret = "prosody/turn.secret"
  /// As ``turnSecret``: Prosody's copy of the secret of the daemon's own connection.
  static let componentSecret = "prosody/component.secret"

  /// - Parameter folder: where the rendered files will lie.
  init(_ settings: Settings, share: URL, folder: URL) {
    let xmpp = settings.xmpp
    self.init(
      domain: settings.domain, roomsHost: xmpp.roomsHost, portal: settings.portal.url,
      interfaces: xmpp.interfaces,
      ports: Ports(
        c2s: xmpp.c2sPort, c2sDirectTLS: xmpp.c2sDirectTLSPort, s2s: xmpp.s2sPort,
        s2sDirectTLS: xmpp.s2sDirectTLSPort, http: xmpp.httpPort,
        component: xmpp.componentPort),
      uploads: Uploads(
        url: xmpp.uploadURL, size: xmpp.uploadSizeMB << 20, quota: xmpp.uploadQuotaMB << 20,
        retention: xmpp.uploadRetentionDays),
      archiveRetention: xmpp.archiveRetentionDays, deviceLimit: settings.passwordLimit,
      iterations: SCRAMParameters.iterations, logLevel: "info",
      contacts: xmpp.contacts.isEmpty
        ? [] : ["admin", "abuse", "support"].map { Contact(kind: $0, addresses: xmpp.contacts) },
      // The portal's name: of all names that members know, it is the one that surely leads to this machine.
      turn: settings.turn.map { turn in
        Turn(
          host: settings.portal.url.host() ?? settings.domain, port: turn.port, tlsPort: turn.tlsPort,
          secretFile: folder.appending(path: Self.turnSecret))
      },
      places: Places(
        modules: share.appending(path: "prosody/modules"), projection: xmpp.projection,
        state: xmpp.engineState, certificate: xmpp.certificate, certificateKey: xmpp.certificateKey,
        componentSecret: folder.appending(path: Self.componentSecret)))
  }
}

extension Settings {
  /// As many passwords as a member may have at once for one service, which engines try in turn.
  var passwordLimit: Int { deviceLimit + WebSessionPolicy.limit }
}

extension NginxConfiguration {
  /// `nil` where the configuration names no certificate for nginx: the admin then writes that part.
  init?(_ settings: Settings) {
    guard let certificate = settings.nginx.certificate, let key = settings.nginx.certificateKey,
      let portal = settings.portal.url.host(), let uploads = settings.xmpp.uploadURL.host(),
      let homeServer = settings.homeServer.url.host()
    else { return nil }
    let listen = settings.portal.listenHost
    self.init(
      interfaces: settings.xmpp.interfaces, httpsPort: settings.nginx.httpsPort,
      certificate: certificate.path, certificateKey: key.path,
      homeServer: settings.nginx.homeServerUpstream.map { HomeServer(host: homeServer, upstream: $0) },
      portalHost: portal,
      portalUpstream: "http://\(listen.contains(":") ? "[\(listen)]" : listen):\(settings.portal.listenPort)",
      uploadHost: uploads, uploadSizeMegabytes: settings.xmpp.uploadSizeMB,
      xmppUpstream: "http://127.0.0.1:\(settings.xmpp.httpPort)",
      sipUpstream: settings.sip.map { "http://127.0.0.1:\($0.websocketPort)" })
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Portal
import Settings

extension Workplace {
  /// - Throws: if the files that run in browsers are not there.
  func portal(metrics: PrometheusMetrics) throws -> PortalApplication {
    let web = try InstalledFiles.web(share: share)
    return PortalApplication(
      accounts: accounts,
      settings: PortalSettings(
        domain: settings.domain, homeServer: settings.homeServer.url, portal: settings.portal.url,
        listenHost: settings.portal.listenHost, listenPort: settings.portal.listenPort,
        trustedProxies: Set(settings.portal.trustedProxies), share: share, web: web,
        uploads: settings.xmpp.uploadURL, connectHost: settings.domain,
        connectPort: settings.xmpp.c2sPort, archiveDays: settings.xmpp.archiveRetentionDays,
        uploadDays: settings.xmpp.uploadRetentionDays, deviceLimit: settings.deviceLimit,
        calls: settings.sip.map {
          PortalSettings.Calls(
            host: settings.domain, port: $0.tlsPort, cleartextPort: $0.cleartext ? $0.port : nil,
            historyDays: $0.historyDays)
        }, isEmbedded: settings.homeServer.webAppID != nil), metrics: metrics)
  }
}

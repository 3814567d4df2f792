// SPDX-License-Identifier: AGPL-3.0-or-later

import Mustache

extension NginxConfiguration {
  /// nginx's configuration files by their names.
  ///
  /// `nginx.conf` runs nginx with nothing but Trunkline's hosts; every path in it is relative to nginx's prefix
  /// (`-p`), so that it runs unprivileged in a folder of its own. It includes `trunkline.conf`, which a site that
  /// runs an nginx already includes alone. `home-server.conf` is for the home server's own host, wherever its server
  /// block stands.
  ///
  /// - Throws: ``EngineError`` if a value cannot be written safely.
  public func render(_ templates: NginxTemplates) throws -> [String: String] {
    try validate()
    var values: [String: Any] = [
      "listen": interfaces.map { address in
        address.contains(":") ? "[\(address)]:\(httpsPort)" : "\(address):\(httpsPort)"
      },
      "certificate": certificate,
      "certificate_key": certificateKey,
      "portal_host": portalHost,
      "portal_origin": portalOrigin,
      "portal_upstream": portalUpstream,
      "upload_host": uploadHost,
      "upload_size_mb": String(uploadSizeMegabytes),
      "xmpp_upstream": xmppUpstream,
      // A test host that once said "TLS only" could never be used without again: browsers keep it by host, not port.
      "hsts": httpsPort == 443,
    ]
    if let homeServer {
      values["home_server"] = ["host": homeServer.host, "upstream": homeServer.upstream]
    }
    if let sipUpstream { values["sip_upstream"] = sipUpstream }
    var files: [String: String] = [:]
    for name in NginxTemplates.files {
      guard let text = templates.library.render(values, withTemplate: name) else {
        throw EngineError(
          .configuration, cause: "nginx: the template \(name).mustache is missing.",
          remedy: "Install Trunkline's share folder again.")
      }
      files[name] = text
    }
    return files
  }
}

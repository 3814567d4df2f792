// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import Engines

@Suite(
  "Kamailio: the real one")
struct KamailioLiveTests {
  @Test("Kamailio accepts the files of the trial and of a site, without a complaint")
  func accepted() throws {
    let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "kamailio-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.path(percentEncoded: false)
    let made = try NginxLiveTests().run(
      "/usr/bin/openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
        "-subj",
        "/CN=social.localhost", "-keyout", path + "/key.pem", "-out", path + "/chain.pem",
      ])
    try #require(made.status == 0, "\(made.text)")
    var leaving = KamailioConfigurationTests.site
    leaving.otherDomains = .init(authorities: path + "/chain.pem")
    for var configuration in [KamailioConfigurationTests.trial, KamailioConfigurationTests.site, leaving] {
      configuration.places.certificate = path + "/chain.pem"
      configuration.places.certificateKey = path + "/key.pem"
      configuration.places.tlsConfiguration = path + "/tls.cfg"
      configuration.places.state = path
      configuration.places.projection = path
      for (name, text) in try configuration.render(share: KamailioConfigurationTests.share) {
        try Data(text.utf8).write(to: folder.appending(path: name))
      }
      let (status, text) = try NginxLiveTests().run(
        "/usr/sbin/kamailio", ["-c", "-E", "-M", "24", "-f", path + "/kamailio.cfg", "-Y", path])
      #expect(status == 0, "\(text)")
      #expect(text.contains("config file ok"), "\(text)")
      #expect(!text.contains("CRITICAL") && !text.contains("ERROR"), "\(text)")
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import Trial

@Suite("Trial: certificates", .timeLimit(.minutes(1)))
struct CertificateAuthorityTests {
  @Test(
    "they are made once, name every host, and are kept; one that is nearly over or does not fit is made anew")
  func life() async throws {
    let stage = try SupervisorTests.Stage()
    let layout = stage.layout
    let openssl = try Tool.find("openssl", package: "openssl")
    let authority = CertificateAuthority(layout: layout, folder: stage.folder, openssl: openssl)
    #expect(try await authority.prepare(prosody: .current, nginx: .current))
    #expect(try await !authority.prepare(prosody: .current, nginx: .current))
    #expect(StateFolderTests.mode(layout.authorityKey) == 0o600)
    #expect(StateFolderTests.mode(layout.certificateKey(of: "nginx")) == 0o600)
    for (engine, host) in [("nginx", "chat.social.localhost"), ("prosody", "rooms.social.localhost")] {
      let chain = layout.certificate(of: engine)
      try await Tool.run(
        openssl, ["verify", "-CAfile", layout.authorityCertificate, "-verify_hostname", host, chain])
    }

    let before = try Data(contentsOf: URL(filePath: layout.authorityCertificate))
    // One day is less than is left of a fresh one.
    try await Tool.run(
      openssl,
      [
        "req", "-x509", "-CA", layout.authorityCertificate, "-CAkey", layout.authorityKey, "-newkey", "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=x", "-keyout",
        layout.certificateKey(of: "nginx"), "-out", layout.certificate(of: "nginx"),
      ])
    #expect(try await authority.prepare(prosody: .current, nginx: .current))
    #expect(try await !authority.prepare(prosody: .current, nginx: .current))
    #expect(try Data(contentsOf: URL(filePath: layout.authorityCertificate)) == before)

    // A new authority signs everything anew.
    try FileManager.default.removeItem(atPath: layout.authorityCertificate)
    #expect(try await authority.prepare(prosody: .current, nginx: .current))
    #expect(try await !authority.prepare(prosody: .current, nginx: .current))
  }

  @Test("it cannot sign a name of the real world")
  func constraint() async throws {
    let stage = try SupervisorTests.Stage()
    let layout = stage.layout
    let openssl = try Tool.find("openssl", package: "openssl")
    let authority = CertificateAuthority(layout: layout, folder: stage.folder, openssl: openssl)
    _ = try await authority.prepare(prosody: .current, nginx: .current)
    let leaf = layout.authority + "/leaf.pem"
    try await Tool.run(
      openssl,
      [
        "req", "-x509", "-CA", layout.authorityCertificate, "-CAkey", layout.authorityKey, "-newkey", "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256", "-nodes", "-days", "9", "-subj", "/O=x", "-addext",
        "subjectAltName=DNS:example.social",
        "-keyout", layout.authority + "/leaf.key", "-out", leaf,
      ])
    await #expect(throws: TrialError.self) {
      try await Tool.run(openssl, ["verify", "-CAfile", layout.authorityCertificate, leaf])
    }
  }
}

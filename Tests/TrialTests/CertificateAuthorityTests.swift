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
    #expect(try await authority.prepare(StateFolderTests.own))
    #expect(try await !authority.prepare(StateFolderTests.own))
    #expect(StateFolderTests.mode(layout.authorityKey) == 0o600)
    #expect(StateFolderTests.mode(layout.certificateKey(of: "nginx")) == 0o600)
    for (engine, host) in [
      ("nginx", "chat.social.localhost"), ("prosody", "rooms.social.localhost"),
      ("kamailio", "social.localhost"),
      ("coturn", "social.localhost"), ("coturn", "chat.social.localhost"),
    ] {
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
    #expect(try await authority.prepare(StateFolderTests.own))
    #expect(try await !authority.prepare(StateFolderTests.own))
    #expect(try Data(contentsOf: URL(filePath: layout.authorityCertificate)) == before)

    // A new authority signs everything anew.
    try FileManager.default.removeItem(atPath: layout.authorityCertificate)
    #expect(try await authority.prepare(StateFolderTests.own))
    #expect(try await !authority.prepare(StateFolderTests.own))
  }

  @Test(
    "it cannot sign what is not the trial's",
    arguments: [
      ("social.localhost", "DNS:example.social"), ("trial.home.arpa", "DNS:example.social"),
      ("trial.home.arpa", "DNS:social.localhost"), ("trial.home.arpa", "DNS:home.arpa"),
      ("trial.home.arpa", "DNS:eviltrial.home.arpa"), ("trial.home.arpa", "IP:192.168.1.7"),
      ("trial.home.arpa", "IP:2001:db8::7"), ("trial.home.arpa", "email:alice@example.social"),
    ])
  func constraint(domain: String, name: String) async throws {
    let stage = try SupervisorTests.Stage()
    let layout = stage.layout
    let openssl = try Tool.find("openssl", package: "openssl")
    let authority = CertificateAuthority(
      layout: layout, folder: stage.folder, openssl: openssl, hosts: TrialHosts(domain: domain))
    _ = try await authority.prepare(StateFolderTests.own)
    for engine in ["nginx", "prosody", "kamailio", "coturn"] {
      try await Tool.run(
        openssl, ["verify", "-CAfile", layout.authorityCertificate, layout.certificate(of: engine)])
    }
    let leaf = layout.authority + "/leaf.pem"
    try await Tool.run(
      openssl,
      [
        "req", "-x509", "-CA", layout.authorityCertificate, "-CAkey", layout.authorityKey, "-newkey", "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256", "-nodes", "-days", "9", "-subj", "/O=x", "-addext",
        "subjectAltName=\(name)",
        "-keyout", layout.authority + "/leaf.key", "-out", leaf,
      ])
    let error = await #expect(throws: TrialError.self) {
      try await Tool.run(openssl, ["verify", "-CAfile", layout.authorityCertificate, leaf])
    }
    #expect(error?.cause.contains("subtree") == true, "\(error?.cause ?? "")")
  }
}

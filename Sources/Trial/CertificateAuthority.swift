// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// The test authority of the trial and the certificates it signs, made with the `openssl` command.
///
/// It may only sign the trial's own domain and names below it (RFC 5280, section 4.2.1.10): names below `localhost`, or
/// those of a trial with a name in the local network. Who trusts it in a browser risks nothing else.
struct CertificateAuthority: Sendable {
  let layout: StateLayout
  let folder: StateFolder
  let openssl: String
  var hosts = TrialHosts.loopback

  /// Certificates with less time left than this are made anew.
  static let renewedBefore: Duration = .seconds(14 * 86_400)
  private static let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256"]

  /// Whether anything had to be made.
  func prepare(_ cast: Cast) async throws -> Bool {
    var isNew = false
    let authority = layout.authorityCertificate
    if await needsNew(authority, key: layout.authorityKey, names: nil) {
      try await makeAuthority()
      isNew = true
    }
    let wanted: [(engine: String, owner: Identity, names: [String])] = [
      ("nginx", cast.nginx, [hosts.homeServer, hosts.portal, hosts.uploads]),
      ("prosody", cast.prosody, [hosts.domain, hosts.rooms, hosts.uploads]),
      ("kamailio", cast.kamailio, [hosts.domain]),
      ("coturn", cast.coturn, [hosts.portal, hosts.domain]),
    ]
    for certificate in wanted {
      let path = layout.certificate(of: certificate.engine)
      let key = layout.certificateKey(of: certificate.engine)
      if await needsNew(path, key: key, names: certificate.names) {
        try await sign(certificate.names, to: path, key: key, owner: certificate.owner)
        isNew = true
      }
    }
    return isNew
  }

  private func needsNew(_ certificate: String, key: String, names: [String]?) async -> Bool {
    let files = FileManager.default
    guard files.fileExists(atPath: certificate), files.fileExists(atPath: key) else { return true }
    let seconds = String(Self.renewedBefore.components.seconds)
    do {
      try await Tool.run(openssl, ["x509", "-in", certificate, "-noout", "-checkend", seconds])
      guard let names else { return false }
      try await Tool.run(openssl, ["verify", "-CAfile", layout.authorityCertificate, certificate])
      let said = try await Tool.run(
        openssl, ["x509", "-in", certificate, "-noout", "-ext", "subjectAltName"])
      return Self.names(in: said) != Set(names)
    } catch {
      return true
    }
  }

  /// The names in what `openssl x509 -ext subjectAltName` says.
  static func names(in text: String) -> Set<String> {
    let words = text.split { $0 == "," || $0.isWhitespace }
    return Set(words.filter { $0.hasPrefix("DNS:") }.map { String($0.dropFirst(4)) })
  }

  private func makeAuthority() async throws {
    let certificate = layout.authorityCertificate + ".new"
    let key = layout.authorityKey + ".new"
    // A name of its own for each, so that browsers can tell the authorities of several trials apart.
    let name = StateLocation.shortHash(of: layout.root + UUID().uuidString)
    try await Tool.run(
      openssl,
      ["req", "-x509"] + Self.key + [
        "-days", "3650", "-subj", "/O=Trunkline trial/CN=Trunkline trial \(name)", "-keyout", key, "-out",
        certificate,
        "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", "-addext",
        "keyUsage=critical,keyCertSign,cRLSign",
        // Not critical: Mbed TLS, which Linphone uses, knows no name constraints and would refuse the authority whole.
        // Who knows them holds to them all the same (RFC 5280, section 6.1.4, step g).
        "-addext", "nameConstraints=" + constraints,
      ])
    try install(key, as: layout.authorityKey, owner: .current, mode: 0o600)
    try install(certificate, as: layout.authorityCertificate, owner: .current, mode: 0o644)
  }

  /// What it may sign. Where phones of others trust it, neither an address nor any mailbox elsewhere either.
  private var constraints: String {
    guard hosts != .loopback else { return "permitted;DNS:localhost" }
    return [
      "permitted;DNS:\(hosts.domain)", "permitted;email:\(hosts.domain)", "excluded;IP:0.0.0.0/0.0.0.0",
      "excluded;IP:0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0",
    ].joined(separator: ",")
  }

  private func sign(_ names: [String], to path: String, key: String, owner: Identity) async throws {
    // Made in the authority's folder: openssl writes as the caller, and the engine's folder is the engine's.
    let certificate = layout.authority + "/leaf.pem.new"
    let newKey = layout.authority + "/leaf.key.new"
    try await Tool.run(
      openssl,
      ["req", "-x509", "-CA", layout.authorityCertificate, "-CAkey", layout.authorityKey] + Self.key + [
        "-days", "90", "-subj", "/O=Trunkline trial/CN=\(names[0])", "-keyout", newKey, "-out", certificate,
        "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=critical,digitalSignature",
        "-addext", "extendedKeyUsage=serverAuth,clientAuth",
        "-addext", "subjectAltName=" + names.map { "DNS:\($0)" }.joined(separator: ","),
      ])
    try install(newKey, as: key, owner: owner, mode: 0o600)
    try install(certificate, as: path, owner: owner, mode: 0o644)
  }

  private func install(_ made: String, as path: String, owner: Identity, mode: UInt32) throws {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: made))
      try FileManager.default.removeItem(atPath: made)
    } catch {
      throw StateFolder.unusable(made, because: error.localizedDescription)
    }
    try folder.write(data, to: path, owner: owner, mode: mode)
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import NIOSSL
import Testing

@testable import HomeServer

/// Whose certificate is believed. The name is that of the home server even if we connect to another address.
@Suite(.timeLimit(.minutes(1))) struct TLSTests {
  /// A key, and a certificate that it signed for itself, for one name; made by `openssl`.
  static func with<Value>(name: String, _ body: (_ certificate: String, NIOSSLContext) async throws -> Value)
    async throws
    -> Value
  {
    let folder = FileManager.default.temporaryDirectory.appending(path: "trunkline-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let key = folder.appending(path: "key.pem").path
    let certificate = folder.appending(path: "certificate.pem").path
    let openssl = Process()
    openssl.executableURL = URL(filePath: "/usr/bin/openssl")
    openssl.arguments = [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
      "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)", "-keyout", key, "-out", certificate,
    ]
    openssl.standardError = FileHandle.nullDevice
    try openssl.run()
    openssl.waitUntilExit()
    try #require(openssl.terminationStatus == 0)
    let chain = try NIOSSLCertificate.fromPEMFile(certificate).map(NIOSSLCertificateSource.certificate)
    let context = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: chain, privateKey: .privateKey(NIOSSLPrivateKey(file: key, format: .pem))))
    return try await body(certificate, context)
  }

  static func ask(certified: String, trusted: Bool) async throws -> HomeServerError.Code? {
    try await with(name: certified) { certificate, context in
      try await RawServer.with(tls: context, [[.answer(200, WireTests.account)]]) { server in
        let address = try HomeServerAddress(
          domain: "social.localhost", baseURL: url("https://social.localhost:\(server.port)"),
          connectAddress: "127.0.0.1", caFile: trusted ? certificate : nil)
        let client = try HomeServerClient(
          address: address, limits: WireLimits(overall: .seconds(20), retries: 0), logger: quietLogger)
        let code = await WireTests.ask(client)
        await client.shutdown()
        return code
      }
    }
  }

  @Test func theExtraTrustRootIsBelievedAtTheConnectAddress() async throws {
    #expect(try await Self.ask(certified: "social.localhost", trusted: true) == nil)
  }

  @Test func anUnknownIssuerIsNotBelieved() async throws {
    #expect(try await Self.ask(certified: "social.localhost", trusted: false) == .untrusted)
  }

  @Test func aCertificateForAnotherNameIsNotBelieved() async throws {
    #expect(try await Self.ask(certified: "other.localhost", trusted: true) == .untrusted)
  }
}

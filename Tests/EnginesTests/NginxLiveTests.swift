// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Testing

@testable import Engines

@Suite("nginx: the real one")
struct NginxLiveTests {
  /// What `nginx -t` says, and its status.
  func check(_ configuration: NginxConfiguration, in folder: URL) throws -> (status: Int32, text: String) {
    for (name, text) in try configuration.render(NginxTemplates(share: NginxConfigurationTests.share)) {
      try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }
    let path = folder.path(percentEncoded: false)
    try FileManager.default.createDirectory(atPath: path + "/temp", withIntermediateDirectories: true)
    return try run("/usr/sbin/nginx", ["-e", "stderr", "-p", path, "-c", path + "/nginx.conf", "-t"])
  }

  func run(_ executable: String, _ arguments: [String]) throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(filePath: executable)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said, as: UTF8.self))
  }

  @Test("nginx accepts the files of the trial and of a site, without a warning")
  func accepted() throws {
    let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "nginx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let chain = folder.appending(path: "chain.pem").path(percentEncoded: false)
    let key = folder.appending(path: "key.pem").path(percentEncoded: false)
    let made = try run(
      "/usr/bin/openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
        "-subj",
        "/CN=x.localhost", "-keyout", key, "-out", chain,
      ])
    try #require(made.status == 0, "\(made.text)")
    for var configuration in [NginxConfigurationTests.trial, NginxConfigurationTests.site] {
      configuration.certificate = chain
      configuration.certificateKey = key
      let (status, text) = try check(configuration, in: folder)
      #expect(status == 0, "\(text)")
      // "-t" as root notes that "user" would not be needed; nothing else may be remarked.
      #expect(!text.contains("[warn]") && !text.contains("[emerg]"), "\(text)")
    }
  }
}

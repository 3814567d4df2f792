// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Foundation

extension SettingsFile {
  /// Reads the configuration file.
  public static func load(_ file: URL, environment: [String: String]) throws -> SettingsFile {
    guard let data = FileManager.default.contents(atPath: file.path) else {
      throw SettingsError(
        place: file.path, cause: "The configuration cannot be read.",
        remedy: "Name it with --config, or make it from the example that came with Trunkline.")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw SettingsError(
        place: file.path, cause: "The configuration is not UTF-8 text.", remedy: "Save it as UTF-8.")
    }
    return try SettingsFile(yaml: text, name: file.lastPathComponent, environment: environment)
  }
}

extension Secret {
  /// Reads a secret from a file of its own; white space around it does not count.
  ///
  /// - Throws: ``SettingsError`` if it cannot be read, is empty, or others than its owner and group may read it.
  public init(file: URL, for key: String) throws {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
    guard let data = FileManager.default.contents(atPath: file.path),
      let text = String(data: data, encoding: .utf8)
    else {
      throw SettingsError(
        place: key, cause: "The file \(file.path) cannot be read.",
        remedy: "Make it, readable by the user that Trunkline runs as and nobody else.")
    }
    if let mode = attributes?[.posixPermissions] as? Int, mode & 0o007 != 0 {
      throw SettingsError(
        place: key, cause: "Everybody on this machine can read the secret in \(file.path).",
        remedy: "Run: chmod 600 \(file.path)")
    }
    let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !secret.isEmpty else {
      throw SettingsError(
        place: key, cause: "The file \(file.path) is empty.", remedy: "Put the secret into it.")
    }
    self.init(secret)
  }
}

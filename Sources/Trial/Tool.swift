// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Subprocess
import SystemPackage

/// Runs a program to its end, for a step of the start.
enum Tool {
  /// Where the trial looks for the programs of packages; `/usr/sbin` is not on everybody's path.
  static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// The program of a package.
  /// - Throws: ``TrialError`` that names the package.
  static func find(_ name: String, package: String) throws -> String {
    for folder in path.split(separator: ":") {
      let candidate = "\(folder)/\(name)"
      if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
    }
    throw TrialError(
      code: .missing, cause: "The program \(name) is not here: the package \(package) is not installed.",
      remedy: "Run dist/install-requirements, or type “make up”.")
  }

  static func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// What the program wrote to its standard output.
  /// - Throws: ``TrialError`` with the end of what it said, if it ended with an error.
  @discardableResult
  static func run(
    _ executable: String, _ arguments: [String], environment: [String: String] = [:],
    as identity: Identity? = nil,
    in folder: String? = nil
  ) async throws -> String {
    var variables: [Environment.Key: String] = ["PATH": path, "LC_ALL": "C.UTF-8"]
    for (key, value) in environment { variables[.init(stringLiteral: key)] = value }
    let result: ExecutionResult<Void, StringOutput<UTF8>, StringOutput<UTF8>>
    do {
      result = try await Subprocess.run(
        .path(FilePath(executable)), arguments: Arguments(arguments), environment: .custom(variables),
        workingDirectory: folder.map { FilePath($0) }, platformOptions: PlatformOptions(running: identity),
        input: .none, output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    } catch {
      throw TrialError(
        code: .program, cause: "\(executable) could not be run: \(error).",
        remedy: "See that the file is there and may be executed.")
    }
    guard result.terminationStatus.isSuccess else {
      let said = [result.standardError, result.standardOutput].joined(separator: "\n")
      let end = said.split(separator: "\n").suffix(12).joined(separator: "\n  ")
      let name = FilePath(executable).lastComponent?.string ?? executable
      throw TrialError(
        code: .program,
        cause:
          "“\(name) \(arguments.joined(separator: " "))” ended with an error (\(result.terminationStatus)):\n  \(end)\n",
        remedy: "What it says above is what to mend.")
    }
    return result.standardOutput
  }
}

extension PlatformOptions {
  /// In a process group of its own, as somebody, without any other group.
  init(running identity: Identity?) {
    self.init()
    processGroupID = 0
    guard let identity, identity != .current else { return }
    userID = identity.user
    groupID = identity.group
    supplementaryGroups = []
  }
}

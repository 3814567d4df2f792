// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import ArgumentParser
import Directory
import Discovery
import Engines
import Foundation
import HomeServer
import Settings
import Storage

/// What a command says when it did not work: what is wrong and what to do, on standard error, and the exit code 1.
/// A wrong call (unknown option, missing argument) is ArgumentParser's and ends with 64.
struct Failure: Error, CustomStringConvertible {
  let cause: String
  let remedy: String

  var description: String { "\(cause) \(remedy)" }

  /// Runs a command's work and turns the modules' errors into words.
  static func explained<Value>(_ work: () async throws -> Value) async throws -> Value {
    do {
      return try await work()
    } catch {
      guard let text = words(for: error) else { throw error }
      FileHandle.standardError.write(Data("trunkline: \(text)\n".utf8))
      throw ExitCode.failure
    }
  }

  private static func words(for error: any Error) -> String? {
    switch error {
    case let error as Failure: error.description
    case let error as SettingsError: error.description
    case let error as StorageError: error.description
    case let error as EngineError: error.description
    case let error as AccountsError: error.description
    case let error as HomeServerError: "\(error.cause) \(error.remedy)"
    case let error as DiscoveryError: error.description
    case let error as DirectoryError: "\(error.cause) \(error.remedy)"
    default: nil
    }
  }
}

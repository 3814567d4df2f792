// SPDX-License-Identifier: AGPL-3.0-or-later

import ArgumentParser
import Foundation
import Trial

/// Turns the trial's errors into one clear message on standard error and exit status 1.
func reporting(_ work: () async throws -> Void) async throws {
  do {
    try await work()
  } catch let error as TrialError {
    FileHandle.standardError.write(Data("trunkline-trial: \(error)\n".utf8))
    throw ExitCode(1)
  }
}

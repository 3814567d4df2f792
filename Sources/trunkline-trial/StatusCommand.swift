// SPDX-License-Identifier: AGPL-3.0-or-later

import ArgumentParser
import Foundation
import Trial

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show what runs, since when, and what had to be started again.",
    discussion: "Ends with status 0 if everything is ready, 1 if not, 3 if no trial runs.")

  @Flag(help: "JSON instead of a table.")
  var json = false

  @OptionGroup var network: NetworkOptions

  func run() async throws {
    let status: TrialStatus
    do {
      status = try TrialStatus.read(
        Trial.layout(environment: ProcessInfo.processInfo.environment, name: network.lan))
    } catch let error as TrialError {
      FileHandle.standardError.write(Data("trunkline-trial: \(error)\n".utf8))
      throw ExitCode(error.code == .notRunning ? 3 : 1)
    }
    print(json ? status.json : status.table(now: Date()), terminator: "")
    if !status.isReady { throw ExitCode(1) }
  }
}

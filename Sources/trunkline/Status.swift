// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import ArgumentParser
import Directory
import Engines
import Foundation
import Logging
import Settings
import Storage

/// `trunkline status`
struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say how everything is, in one screen.",
    discussion: "Ends with 0 if all is well and with 1 if something needs the admin.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var output: OutputOptions

  struct Report: Encodable {
    var domain: String
    var accounts: Int
    var notAdmitted: Int
    var devices: Int
    var connectedDevices: Int
    /// How long ago the account that waits longest was last confirmed by the home server, in seconds.
    var standingLag: Int64?
    var projection: String?
    var projectionSequence: Int64?
    var ledgerSequence: Int64
    var chatServer: String
    var problems: [String]
  }

  func run() async throws {
    try await Failure.explained {
      let settings = try common.settings()
      let workplace = try Workplace.open(settings, log: .forCommand())
      let report = try await Self.report(workplace)
      if output.json { try Output.json(report) } else { Self.show(report) }
      guard report.problems.isEmpty else { throw ExitCode.failure }
    }
  }

  static func report(_ workplace: Workplace) async throws -> Report {
    var problems: [String] = []
    let statistics = try await workplace.accounts.statistics()
    let ledgerSequence = try await workplace.accounts.lastSequence()
    var projection: ProjectionPosition?
    do {
      projection = try await workplace.projections.chat.follow()
    } catch let error as EngineError {
      problems.append(error.description)
    }
    var chatServer = "follows"
    do {
      let answer = try await workplace.control.follow()
      if let projection, !answer.position.isLevel(with: projection) {
        chatServer = "behind"
        problems.append(
          "The chat server has not followed the latest changes yet; look again in a few seconds.")
      }
    } catch {
      chatServer = "does not answer"
      problems.append(error.description)
    }
    let lag = statistics.oldestCheck.map { max(0, systemClock() - $0) }
    let expected = Int64(workplace.settings.homeServer.pollInterval)
    if let lag, lag > 3 * expected {
      problems.append(
        "The home server was not heard about every account for \(lag) seconds; "
          + "see whether the daemon runs and reaches it.")
    }
    return Report(
      domain: workplace.settings.domain, accounts: statistics.accounts, notAdmitted: statistics.notAdmitted,
      devices: statistics.devices, connectedDevices: (try? await workplace.accounts.connectedDevices()) ?? 0,
      standingLag: lag, projection: projection?.epoch, projectionSequence: projection?.sequence,
      ledgerSequence: ledgerSequence, chatServer: chatServer, problems: problems)
  }

  private static func show(_ report: Report) {
    print("Domain:            \(report.domain)")
    print("Accounts:          \(report.accounts), of which \(report.notAdmitted) are kept out")
    print("Devices:           \(report.devices), of which \(report.connectedDevices) are connected")
    print(
      "Home server asked: \(report.standingLag.map { "\($0) seconds ago for the account that waits longest" } ?? "no accounts yet")"
    )
    print("Chat server:       \(report.chatServer)")
    print(
      report.problems.isEmpty
        ? "All is well." : report.problems.map { "Needs you: \($0)" }.joined(separator: "\n"))
  }
}

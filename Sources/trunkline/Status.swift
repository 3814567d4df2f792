// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import ArgumentParser
import Directory
import Foundation
import Logging
import Settings

/// `trunkline status`
struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say how everything is, in one screen.",
    discussion: "Ends with 0 if all is well and with 1 if something needs the admin.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    try await Failure.explained {
      let settings = try common.settings()
      let workplace = try Workplace.open(settings, log: .forCommand())
      let report = try await Self.report(workplace)
      if output.json { try Output.json(report) } else { Self.show(report) }
      guard report.problems.isEmpty else { throw ExitCode.failure }
    }
  }

  private static func show(_ report: Report) {
    print("Domain:            \(report.domain)")
    print("Accounts:          \(report.accounts), of which \(report.notAdmitted) are kept out")
    print("Devices:           \(report.devices), of which \(report.connectedDevices) are connected")
    print(
      "Home server asked: \(report.standingLag.map { "\($0) seconds ago for the account that waits longest" } ?? "no accounts yet")"
    )
    print("Chat server:       \(report.chatServer.state.rawValue)")
    show(report.people)
    if let callServer = report.callServer, let calls = report.calls {
      print("Call server:       \(callServer.state.rawValue)")
      print(
        "Calls:             \(shown(calls.registeredDevices)) devices are registered, "
          + "\(shown(calls.calls)) calls go on, \(shown(calls.ringing)) ring")
      print(
        "Media:             \(shown(calls.mediaSessions)) sessions"
          + (calls.relays.map { ", \($0) relays through TURN" } ?? ""))
      if let waiting = calls.endedWaiting {
        print(
          "Call histories:    "
            + (waiting == 0
              ? "up to date"
              : "\(waiting) calls to be read, the first ended \(calls.endedLag ?? 0) seconds ago"))
      }
    }
    print(
      report.problems.isEmpty
        ? "All is well." : report.problems.map { "Needs you: \($0)" }.joined(separator: "\n"))
  }

  private static func shown(_ count: Int?) -> String { count.map(String.init) ?? "an unknown number of" }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import ArgumentParser
import Credentials
import Directory
import Foundation
import Logging

/// `trunkline devices …`
struct DevicesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices", abstract: "See, add and revoke members' devices.",
    subcommands: [List.self, Add.self, Revoke.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List a member's devices.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The name, with or without the domain.") var account: String

    func run() async throws {
      try await Failure.explained {
        let workplace = try Workplace.open(try common.settings(), log: .forCommand())
        let found = try await workplace.account(account)
        let overview = try await workplace.accounts.overview(of: found.id)
        if output.json { return try Output.json(overview.devices.map(DeviceRecord.init)) }
        DevicesCommand.show(overview.devices)
      }
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a device for a member and print its passwords, once.",
      discussion: """
        For members who cannot use the portal. The passwords are printed on standard output and stored nowhere. It is
        noted in the audit trail that the admin added the device, and the member sees it in the list.
        """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The name, with or without the domain.") var account: String
    @Option(help: "What to call the device.") var name: String
    @Option(
      parsing: .singleValue,
      help: """
        Which app: \(App.choices.map(\.rawValue).joined(separator: ", ")). Twice for one that chats and one that calls.
        """,
      completion: .list(App.choices.map(\.rawValue)))
    var app: [String] = [App.other.rawValue]
    @Option(help: "The passwords end after so many days, 1 to 1830.") var days: Int?

    func validate() throws {
      if let days, !(1...1_830).contains(days) {
        throw ValidationError("--days takes a whole number from 1 to 1830.")
      }
    }

    func run() async throws {
      try await Failure.explained {
        let workplace = try Workplace.open(try common.settings(), log: .forCommand())
        let new = NewDevice(
          name: try DeviceName(name), apps: try [Service: App](checking: app.map { try App(checking: $0) }),
          expiresAt: days.map { systemClock() + Int64($0) * 86_400 })
        let found = try await workplace.account(account)
        let issued = try await workplace.accounts.addDevice(new, to: found.id, by: .admin)
        if output.json { return try Output.json(IssuedRecord(issued)) }
        print("Address:  \(issued.handle)")
        for (service, app) in issued.device.apps.sorted(by: { $0.key.rawValue > $1.key.rawValue }) {
          print("Password for \(app.rawValue): \(issued.passwords[service]?.secret.reveal() ?? "")")
        }
        print("They are shown this once. The device's id is \(issued.device.id).")
      }
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End a device: its passwords stop working, its streams, registrations and calls end.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The name, with or without the domain.") var account: String
    @Argument(help: "The device's id, from “trunkline devices list”.") var device: String

    func run() async throws {
      try await Failure.explained {
        let workplace = try Workplace.open(try common.settings(), log: .forCommand())
        let id = try Device.ID(device)
        let found = try await workplace.account(account)
        let enforcement = try await workplace.accounts.revokeDevice(id, of: found.id, by: .admin)
        print("The device is revoked. \(enforcement.words)")
      }
    }
  }

  static func show(_ devices: [DeviceOverview]) {
    guard !devices.isEmpty else { return print("No devices.") }
    Output.table(
      ["ID", "NAME", "APPS", "SINCE", "LAST CONNECTED", "FROM", ""],
      devices.map { overview in
        let device = overview.device
        let state =
          !device.isLive(at: systemClock()) ? "expired" : overview.isConnected ? "connected now" : ""
        return [
          device.id.text, device.name.text,
          device.apps.values.map(\.rawValue).sorted().joined(separator: ","),
          device.createdAt.date.formatted(.iso8601.year().month().day()),
          overview.lastSight?.connectedAt.date.formatted(.iso8601) ?? "never",
          overview.lastSight?.address ?? "", state,
        ]
      })
  }
}

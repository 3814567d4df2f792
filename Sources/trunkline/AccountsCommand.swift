// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import ArgumentParser
import Directory
import Foundation
import Logging
import Settings
import Storage

/// `trunkline accounts …`
struct AccountsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accounts", abstract: "See members' accounts; switch one off or on; delete one.",
    subcommands: [List.self, Show.self, Disable.self, Enable.self, Delete.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List accounts by name.",
      discussion: "Members appear here once they have signed in to the portal for the first time.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "Only names that contain this text.") var search: String?
    @Option(help: "Only names after this one, for the next page.") var after = ""
    @Option(help: "How many at most, 1 to 10,000.") var limit = 100

    func validate() throws {
      guard (1...10_000).contains(limit) else {
        throw ValidationError("--limit takes a whole number from 1 to 10,000.")
      }
    }

    func run() async throws {
      try await Failure.explained {
        let workplace = try Workplace.open(try common.settings(), log: .forCommand())
        let found = try await workplace.accounts.accounts(
          after: after.lowercased(), matching: search, limit: limit)
        if output.json { return try Output.json(found.map(AccountRecord.init)) }
        guard !found.isEmpty else {
          return print("No accounts. Members appear here once they have signed in.")
        }
        Output.table(
          ["ADDRESS", "STATE", "SERVICES", "SINCE"],
          found.map { account in
            let record = AccountRecord(account)
            return [
              record.address, record.state,
              record.services.isEmpty ? "none" : record.services.joined(separator: ","),
              account.createdAt.date.formatted(.iso8601.year().month().day()),
            ]
          })
        if found.count == limit, let last = found.last {
          print("There may be more: --after \(last.name)")
        }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show one account: its state, its devices, what was done lately.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The name, with or without the domain.") var account: String

    func run() async throws {
      try await Failure.explained {
        let workplace = try Workplace.open(try common.settings(), log: .forCommand())
        let found = try await workplace.account(account)
        let overview = try await workplace.accounts.overview(of: found.id)
        let audit = try await workplace.accounts.audit(of: found, limit: 20)
        if output.json {
          return try Output.json(
            AccountDetails(
              account: AccountRecord(found), devices: overview.devices.map(DeviceRecord.init),
              audit: audit.map(AuditRecord.init)))
        }
        let record = AccountRecord(found)
        print("\(record.address) (\(found.displayName))")
        print("State:     \(record.state)")
        print("Standing:  \(record.standing), asked \(record.standingCheckedAt.formatted(.iso8601))")
        print("Services:  \(record.services.isEmpty ? "none" : record.services.joined(separator: ", "))")
        print("Presence:  shown to \(record.presence)")
        print("Reach:     chat \(record.chatReach), calls \(record.callReach)")
        print("")
        DevicesCommand.show(overview.devices)
        print("")
        Output.table(
          ["WHEN", "WHO", "WHAT", "DEVICE", ""],
          audit.map {
            [$0.at.date.formatted(.iso8601), $0.actor, $0.action, $0.device ?? "", $0.detail]
          })
      }
    }
  }

  struct Disable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Keep a member out of chat and calls until enabled again.",
      discussion: "Ends all streams at once. Devices and passwords stay, and work again after “enable”.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The name, with or without the domain.") var account: String

    func run() async throws {
      try await Failure.explained {
        let workplace = try Workplace.open(try common.settings(), log: .forCommand())
        let found = try await workplace.account(account)
        let enforcement = try await workplace.accounts.disable(found.id, by: .admin)
        print("\(found.handle) is disabled. \(enforcement.words)")
      }
    }
  }

  struct Enable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let a disabled member in again.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The name, with or without the domain.") var account: String

    func run() async throws {
      try await Failure.explained {
        let workplace = try Workplace.open(try common.settings(), log: .forCommand())
        let found = try await workplace.account(account)
        try await workplace.accounts.enable(found.id, by: .admin)
        let now = try await workplace.accounts.account(found.id)
        print(
          now.isAdmitted
            ? "\(found.handle) is enabled; the passwords work as before."
            : "\(found.handle) is enabled here, but the home server says: \(now.standing.rawValue).")
      }
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete an account with its devices and all that the engines keep of it.",
      discussion: """
        Messages in the archive, contacts, uploads: all of it goes and cannot be had back. The member's Mastodon account
        is not touched; who signs in again begins anew. The name is free once the engines have wiped their part, which
        the daemon then notes.
        """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The name, with or without the domain.") var account: String
    @Flag(help: "Do it without asking.") var yes = false

    func run() async throws {
      try await Failure.explained {
        let workplace = try Workplace.open(try common.settings(), log: .forCommand())
        let found = try await workplace.account(account)
        if !yes {
          print(
            "Delete \(found.handle) with its messages, contacts, uploads and devices? Type the name to go on: ",
            terminator: "")
          guard readLine()?.trimmingCharacters(in: .whitespaces).lowercased() == found.name.text else {
            throw Failure(cause: "Nothing was deleted.", remedy: "Type the name exactly, or pass --yes.")
          }
        }
        let enforcement = try await workplace.accounts.delete(found.id, by: .admin)
        print("\(found.handle) is deleted; the engines are wiping their part. \(enforcement.words)")
      }
    }
  }
}

extension Workplace {
  /// The account that a command names: `alice` or `alice@example.social`.
  func account(_ text: String) async throws -> Account {
    var name = text.hasPrefix("@") ? String(text.dropFirst()) : text
    if let at = name.firstIndex(of: "@") {
      let domain = name[name.index(after: at)...].lowercased()
      guard domain == settings.domain else {
        throw Failure(
          cause: "“\(domain)” is not our domain.", remedy: "Accounts here end in @\(settings.domain).")
      }
      name = String(name[..<at])
    }
    return try await accounts.account(named: try Name(name))
  }
}

extension Service {
  /// The engine of this service, as an admin knows it, at the beginning of a sentence.
  var engineTitle: String {
    switch self {
    case .xmpp: "The chat server"
    case .sip: "The call server"
    }
  }
}

extension Enforcement {
  private var silent: [Service] { Service.allCases.filter { answers[$0] == .some(nil) } }

  var words: String {
    switch ended {
    case 0?: "Nothing had to be ended."
    case 1?: "One connection was ended."
    case let count?: "\(count) connections were ended."
    case nil:
      "\(silent.map(\.engineTitle).joined(separator: " and ")) did not answer; if it runs, it follows within a second."
    }
  }
}

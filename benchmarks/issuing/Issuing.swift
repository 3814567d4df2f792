// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import Directory
import Engines
import Foundation
import Glibc
import Logging
import Storage

/// Issues credentials as the daemon does, and beside each does only what that cannot do without: the derivations, and as
/// many fdatasyncs of as many bytes, in the same process and folder. `benchmarks/issuing.py` starts it.
///
/// Arguments: a folder, how many to issue, the fdatasyncs of each, the bytes of each. One line for each: seconds of ours and
/// of the peer.
@main
struct Issuing {
  static let devicesOfAMember = 5

  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 5, let count = Int(arguments[2]), let syncs = Int(arguments[3]),
      let bytes = Int(arguments[4])
    else { return print("usage: issuing FOLDER COUNT SYNCS BYTES") }
    let folder = URL(filePath: arguments[1])
    let ledger = try Ledger(folder: folder.appending(path: "ledger"))
    let accounts = try open(ledger, folder: folder)
    var peer = try Peer(file: folder.appending(path: "peer"), syncs: syncs, bytes: bytes)
    var issued = 0
    var number = 0
    while issued < count {
      let member = try await member(number, ledger: ledger, accounts: accounts)
      // A member's first device also makes the salts; nothing is measured with it, only warmed.
      try await issue(to: member, by: accounts)
      try peer.work()
      if number == 0 { try report("begin") }
      for _ in 1..<devicesOfAMember where issued < count {
        let start = ContinuousClock.now
        if issued.isMultiple(of: 2) { try await issue(to: member, by: accounts) } else { try peer.work() }
        let middle = ContinuousClock.now
        if issued.isMultiple(of: 2) { try peer.work() } else { try await issue(to: member, by: accounts) }
        let end = ContinuousClock.now
        let (first, second) = (middle - start, end - middle)
        let (ours, others) = issued.isMultiple(of: 2) ? (first, second) : (second, first)
        try report("\(ours / .seconds(1)) \(others / .seconds(1))")
        issued += 1
      }
      number += 1
    }
  }

  /// Straight to the descriptor, so that whoever counts system calls sees where one ends.
  private static func report(_ line: String) throws {
    try FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
  }

  private static func issue(to member: Account, by accounts: Accounts) async throws {
    _ = try await accounts.addDevice(
      NewDevice(name: DeviceName("Phone"), app: .other), to: member.id, by: .member)
  }

  private static func open(_ ledger: Ledger, folder: URL) throws -> Accounts {
    let log = Logger(label: "issuing") { _ in SwiftLogNoOpLogHandler() }
    let schema = try String(
      contentsOf: URL(filePath: #filePath).appending(path: "../../../share/prosody/projection.sql")
        .standardized,
      encoding: .utf8)
    let projections = Projections(
      chat: Projector(
        ledger: ledger, source: .chat(words: .none), folder: folder.appending(path: "projection"),
        schema: schema,
        control: nil, log: log))
    return Accounts(
      ledger: ledger, projections: projections,
      observations: Observations(
        chat: EngineObservations(file: folder.appending(path: "observations.sqlite"))), homeServer: nil,
      rules: Accounts.Rules(domain: "example.social"), key: SealingKey(random: .system), log: log)
  }

  private static func member(_ number: Int, ledger: Ledger, accounts: Accounts) async throws -> Account {
    let now = systemClock()
    let account = try await ledger.write { writer in
      try writer.addAccount(
        Account(
          id: 0, identity: AccountIdentity(homeServer: "example.social", id: "\(number)"),
          name: Name(stored: "member\(number)"), displayName: "Member", standing: .active,
          standingCheckedAt: now,
          createdAt: now))
    }
    try await accounts.setService(.xmpp, on: true, of: account.id, by: .member)
    return account
  }
}

/// The least that a durable credential costs.
struct Peer {
  /// As large as SQLite lets its log grow before it begins again at the front.
  private static let fileSize = 4 << 20
  private let descriptor: CInt
  private let syncs: Int
  private let chunk: [UInt8]
  private var offset = 0
  private let password = DevicePassword.make(random: .system)

  init(file: URL, syncs: Int, bytes: Int) throws {
    self.syncs = syncs
    chunk = [UInt8](repeating: 0x5a, count: max(1, bytes / max(1, syncs)))
    try Data(count: Self.fileSize).write(to: file)
    descriptor = Glibc.open(file.path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0, fsync(descriptor) == 0 else { throw CocoaError(.fileWriteUnknown) }
  }

  mutating func work() throws {
    for hash in SCRAMHash.allCases {
      _ = try SCRAMVerifier.derive(
        password.secret, hash: hash, salt: Data(RandomBytes.system(16)),
        iterations: SCRAMParameters.iterations)
    }
    for _ in 0..<syncs {
      if offset + chunk.count > Self.fileSize { offset = 0 }
      guard pwrite(descriptor, chunk, chunk.count, off_t(offset)) == chunk.count, fdatasync(descriptor) == 0
      else {
        throw CocoaError(.fileWriteUnknown)
      }
      offset += chunk.count
    }
  }
}

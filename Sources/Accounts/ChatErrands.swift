// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Logging
public import ServiceLifecycle
import Storage

/// The daemon's service that tells the chat server what waits to be told: whom a member asks, whom they take off the list, which
/// call they have missed. It stands in the ledger, so nothing is lost with the daemon or the link; it is done at least once.
public struct ChatErrands: ServiceLifecycle.Service {
  private let accounts: Accounts
  private let interval: Duration

  /// - Parameter interval: how often to look whether there is any.
  public init(accounts: Accounts, interval: Duration = .milliseconds(500)) {
    self.accounts = accounts
    self.interval = interval
  }

  public func run() async throws {
    while !Task.isShuttingDownGracefully {
      var worked = false
      do {
        worked = try await cancelWhenGracefulShutdown { try await accounts.runErrands() }
      } catch is CancellationError {
        break
      } catch {
        accounts.log.warning("errands not run", metadata: ["cause": "\(error)"])
      }
      if !worked { try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) } }
    }
  }
}

extension Accounts {
  /// For how long an errand that is over is remembered, in seconds: as long as its progress may be looked at, and as
  /// somebody who was asked may say yes and find that this answers their own question.
  static let errandMemory: Int64 = 90 * 86_400

  /// A notice of a call that began so long ago says when that was, in seconds: no call rings that long.
  static let lateNotice: Int64 = 180

  /// Does what is due. One that fails does not hold up the others.
  /// - Returns: whether there may be more at once.
  func runErrands() async throws -> Bool {
    guard let link, case .connected = await link.state() else { return false }
    let due = try await ledger.read { [clock] in try $0.errandsDue(at: clock(), limit: 50) }
    for errand in due {
      try Task.checkCancellation()
      guard try await run(errand, link) else { return false }
    }
    return !due.isEmpty
  }

  /// - Returns: `false` if the chat server cannot be asked at all.
  private func run(_ errand: Errand, _ link: any ChatLink) async throws -> Bool {
    let account = try await ledger.read { try $0.account(errand.account) }
    guard let account, account.isAdmitted else {
      try await note(errand, .failed)
      return true
    }
    // Whoever has no salts yet is nobody to the chat server.
    guard try await ledger.read({ try !$0.scramParameters(of: account.id).isEmpty }) else {
      try await putOff(errand)
      return true
    }
    do {
      try await perform(errand.work, of: account, link)
      try failPoints.reached(.afterErrand)
      try await note(errand, .done)
    } catch let error as ChatLinkError {
      log.info(
        "errand not done",
        metadata: ["work": "\(errand.work.word)", "code": "\(error.code)", "tries": "\(errand.tries)"])
      switch error.code {
      case .unavailable:
        try await note(errand, .waiting)
        return false
      case .notFound, .refused:
        try await note(errand, errand.tries < 5 ? .waiting : .failed)
      }
    }
    return true
  }

  /// Whoever has no app may get one soon, and then contacts are asked. Of a missed call nobody is told who had no chat then.
  private func putOff(_ errand: Errand) async throws {
    switch errand.work {
    case .contact:
      let later = clock() + 30
      try await ledger.write { try $0.postponeErrand(errand.id, until: later) }
    case .missedCall: try await note(errand, .failed)
    }
  }

  private func perform(_ work: Errand.Work, of account: Account, _ link: any ChatLink) async throws {
    switch work {
    case .contact(let act, let address): try await link.perform(act, address, of: account.name)
    case .missedCall(let call):
      guard account.mayUse(.xmpp), let text = try await notice(of: call) else { return }
      let isLate = clock().seconds - call.at.seconds >= Self.lateNotice
      try await link.tell(account.name, missed: call, isLate: isLate, text)
    }
  }

  private func note(_ errand: Errand, _ state: ContactErrand.State) async throws {
    // Doubles from one second to five minutes.
    let pause = min(Int64(1) << min(errand.tries, 8), 300)
    let dueAt = clock() + (state == .waiting ? pause : 0)
    try await ledger.write { try $0.noteErrand(errand.id, state, dueAt: dueAt) }
  }
}

extension Errand.Work {
  /// For the log, which names nobody.
  fileprivate var word: String {
    switch self {
    case .contact(let act, _): act.rawValue
    case .missedCall: "missed-call"
    }
  }
}

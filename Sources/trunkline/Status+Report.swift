// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Engines
import Settings
import Storage

extension Status {
  struct Report: Encodable {
    var domain: String
    var accounts: Int
    var notAdmitted: Int
    var devices: Int
    var connectedDevices: Int
    /// How long ago the account that waits longest was last confirmed by the home server, in seconds.
    var standingLag: Int64?
    var ledgerSequence: Int64
    var chatServer: EngineReport
    var people: PeopleReport
    /// Missing on a site without calls.
    var callServer: EngineReport?
    var calls: CallReport?
    var problems: [String]
  }

  /// How an engine that follows a projection is.
  struct EngineReport: Encodable {
    enum State: String, Encodable {
      case follows, behind
      case silent = "does not answer"
      case unknown = "has a database that cannot be written"
    }

    var state: State
    var epoch: String?
    var sequence: Int64?
  }

  /// What goes on; missing where an engine does not answer.
  struct CallReport: Encodable {
    var registeredDevices: Int?
    var calls: Int?
    var ringing: Int?
    var mediaSessions: Int?
    var relays: Int?
    /// Calls that ended and do not stand in members' histories yet, and how long ago the first of them ended, in seconds.
    var endedWaiting: Int?
    var endedLag: Int64?
  }

  static func report(_ workplace: Workplace) async throws -> Report {
    var problems: [String] = []
    let statistics = try await workplace.accounts.statistics()
    let chatServer = try await engine(
      .xmpp, workplace.projections.chat, workplace.control, problems: &problems)
    var callServer: EngineReport?
    if let projector = workplace.projections.calls, let control = workplace.callControl {
      callServer = try await engine(.sip, projector, control, problems: &problems)
    }
    let people = try await people(workplace, problems: &problems)
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
      standingLag: lag, ledgerSequence: try await workplace.accounts.lastSequence(), chatServer: chatServer,
      people: people,
      callServer: callServer, calls: await calls(workplace, problems: &problems), problems: problems)
  }

  private static func engine<Content>(
    _ service: Service, _ projector: Projector<Content>, _ control: some EngineControl,
    problems: inout [String]
  ) async throws -> EngineReport {
    let position: ProjectionPosition
    do {
      position = try await projector.follow()
    } catch let error as EngineError {
      problems.append(error.description)
      return EngineReport(state: .unknown)
    }
    var report = EngineReport(state: .follows, epoch: position.epoch, sequence: position.sequence)
    do {
      if try await !control.follow().position.isLevel(with: position) {
        report.state = .behind
        problems.append(
          "\(service.engineTitle) has not followed the latest changes yet; look again in a few seconds.")
      }
    } catch {
      report.state = .silent
      problems.append(error.description)
    }
    return report
  }

  private static func calls(_ workplace: Workplace, problems: inout [String]) async -> CallReport? {
    guard let measures = await workplace.accounts.callMeasures() else { return nil }
    if measures.mediaSessions == nil {
      problems.append("rtpengine does not answer: calls have no sound until it runs.")
    }
    if measures.relays == nil, workplace.settings.turn != nil {
      problems.append("coturn does not answer: calls through difficult networks fail until it runs.")
    }
    let ended = try? await workplace.accounts.endedCallsMeasures()
    if let ended, ended.lag > Accounts.endedCallsLate {
      problems.append(
        "A call that ended \(ended.lag) seconds ago is in no history yet, and who missed it was not told; "
          + "see whether the daemon runs and what its log says.")
    }
    return CallReport(
      registeredDevices: measures.registeredDevices, calls: measures.calls, ringing: measures.ringing,
      mediaSessions: measures.mediaSessions, relays: measures.relays,
      endedWaiting: ended?.waiting, endedLag: ended?.lag)
  }
}

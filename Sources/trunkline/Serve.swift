// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import ArgumentParser
import Directory
import Engines
import Foundation
import HomeServer
import Logging
import Metrics
import NIOCore
import Portal
import ServiceLifecycle
import Settings
import UnixSignals

/// `trunkline serve`
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the daemon: the portal, and what keeps the engines' databases right.",
    discussion: """
      Stays in the foreground and logs to standard output. SIGTERM or SIGINT ends it in order, within fifteen
      seconds. The engines go on without it: whoever has a device password still logs in.
      """)

  @OptionGroup var common: CommonOptions

  func run() async throws {
    try await Failure.explained {
      let settings = try common.settings()
      let log = Logger.forDaemon(level: settings.logLevel, json: settings.logsJSON)
      // Before anything is measured: what is counted earlier is lost.
      let metrics = PrometheusMetrics()
      MetricsSystem.bootstrap(metrics)
      let workplace = try Workplace.open(settings, isDaemon: true, log: log)
      let outcome: Result<Void, any Error>
      do {
        outcome = .success(try await Self.run(workplace, settings: settings, metrics: metrics, log: log))
      } catch {
        outcome = .failure(error)
      }
      // However it ended: a client that was not shut down ends the process before it could say why.
      await workplace.homeServer?.client.shutdown()
      try outcome.get()
    }
  }

  private static func run(
    _ workplace: Workplace, settings: Settings, metrics: PrometheusMetrics, log: Logger
  ) async throws {
    for (service, position) in try await workplace.projections.prepare() {
      log.info(
        "projection ready", metadata: ["projection": "\(service.rawValue)", "position": "\(position)"])
    }
    var configuration = ServiceGroupConfiguration(
      services: (workplace.link.map { [.init(service: $0)] } ?? []) + [
        .init(service: ProjectionFollower(accounts: workplace.accounts)),
        .init(service: StandingPoll(accounts: workplace.accounts)),
        .init(service: TokenReturns(accounts: workplace.accounts)),
        .init(service: RelationsSync(accounts: workplace.accounts)),
        .init(service: ContactMirror(accounts: workplace.accounts)),
        .init(service: ChatErrands(accounts: workplace.accounts)),
        .init(service: EndedCallsFollower(accounts: workplace.accounts)),
        .init(service: ReachabilityLookups(accounts: workplace.accounts)),
        .init(service: try workplace.portal(metrics: metrics).application(log: log)),
      ], gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
    configuration.maximumGracefulShutdownDuration = .seconds(10)
    configuration.maximumCancellationDuration = .seconds(5)
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch let error as IOError {
      throw Failure(
        cause:
          "The daemon cannot listen at \(settings.portal.listenHost):\(settings.portal.listenPort) (\(error)).",
        remedy: "See what else listens there, or set another address at “portal.listen”.")
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import Directory
import Engines
import Foundation
import HomeServer
import Logging
import Settings
import Storage
import XMPPLink

/// Everything that a command works with, opened by the configuration.
struct Workplace {
  let settings: Settings
  let share: URL
  let ledger: Ledger
  let accounts: Accounts
  let projections: Projections
  let control: ProsodyControl
  let callControl: KamailioControl?
  let observations: Observations
  let homeServer: HomeServerAccess?
  /// To the chat server; the daemon's alone, since there can be one at a time.
  let link: XMPPLink?
  let log: Logger

  /// - Parameter isDaemon: whether the home server and the chat server are asked; the admin's token, the webhook's secret
  ///   and the component's are read only then.
  static func open(_ settings: Settings, isDaemon: Bool = false, log: Logger) throws -> Workplace {
    try Ownership.become(ownerOf: settings.state)
    let environment = ProcessInfo.processInfo.environment
    let share = try InstalledFiles.folder(
      environment: environment, executable: URL(filePath: "/proc/self/exe").resolvingSymlinksInPath())
    guard let key = SealingKey(base64: try Secret(file: settings.keyFile, for: "key_file")) else {
      throw Failure(
        cause: "\(settings.keyFile.path) does not hold a key.",
        remedy:
          "It must be 32 random bytes in base 64; for a new ledger make it with: openssl rand -base64 32")
    }
    let ledger = try Ledger(folder: settings.state)
    let failPoints = FailPoints.fromEnvironment(environment)
    let control = ProsodyControl(socket: settings.xmpp.engineState.appending(path: "run/trunkline.sock"))
    let observations = Observations(
      chat: EngineObservations(file: settings.xmpp.engineState.appending(path: "observations.sqlite")),
      calls: settings.sip.map {
        EngineObservations(file: $0.engineState.appending(path: "observations.sqlite"))
      })
    let callEngines = try CallEngines(settings)
    let callControl = try settings.sip.map(KamailioControl.init)
    let words = NoticeWords(catalogue: share)
    let projections = Projections(
      chat: Projector(
        ledger: ledger, source: .chat(words: words), folder: settings.xmpp.projection,
        schema: try schema(of: "prosody", in: share), control: control, log: log),
      calls: try settings.sip.map { sip in
        Projector(
          ledger: ledger, source: .calls(key: key), folder: sip.projection,
          schema: try schema(of: "kamailio", in: share), control: callControl, log: log)
      },
      failPoints: failPoints)
    let link = isDaemon ? try XMPPLink(settings, log: log) : nil
    let homeServer =
      isDaemon ? try homeServerAccess(settings, ledger: ledger, key: key, log: log) : nil
    let accounts = Accounts(
      ledger: ledger, projections: projections, observations: observations, homeServer: homeServer,
      callEngines: callEngines, link: link, lookups: isDaemon ? try Lookups.make(settings) : nil,
      rules: Accounts.Rules(
        domain: settings.domain, services: settings.sip == nil ? [.xmpp] : [.xmpp, .sip],
        devices: DevicePolicy(limit: settings.deviceLimit),
        webSessions: .of(settings, environment),
        pollInterval: Int64(settings.homeServer.pollInterval),
        callHistoryDays: settings.sip?.historyDays ?? 0),
      words: words, key: key, failPoints: failPoints, log: log)
    return Workplace(
      settings: settings, share: share, ledger: ledger, accounts: accounts, projections: projections,
      control: control, callControl: callControl, observations: observations, homeServer: homeServer,
      link: link,
      log: log)
  }

  private static func schema(of engine: String, in share: URL) throws -> String {
    let file = share.appending(path: "\(engine)/projection.sql")
    guard let schema = try? String(contentsOf: file, encoding: .utf8) else {
      throw Failure(cause: "\(file.path) cannot be read.", remedy: "Install Trunkline again.")
    }
    return schema
  }

  private static func homeServerAccess(
    _ settings: Settings, ledger: Ledger, key: SealingKey, log: Logger
  ) throws -> HomeServerAccess {
    let address = try HomeServerAddress(
      domain: settings.domain, baseURL: settings.homeServer.url,
      connectAddress: settings.homeServer.connectAddress, caFile: settings.homeServer.caFile?.path)
    return HomeServerAccess(
      client: try HomeServerClient(address: address, logger: log),
      adminToken: try settings.homeServer.adminTokenFile.map {
        try Secret(file: $0, for: "home_server.admin_token_file")
      },
      webhookSecret: try settings.homeServer.webhookSecretFile.map {
        try Secret(file: $0, for: "home_server.webhook_secret_file")
      },
      webAppID: settings.homeServer.webAppID, portal: settings.portal.url, ledger: ledger, key: key)
  }
}

extension XMPPLink {
  convenience init(_ settings: Settings, log: Logger) throws {
    self.init(
      LinkSettings(
        domain: settings.domain, component: ProsodyConfiguration.componentHost(of: settings.domain),
        host: "127.0.0.1",
        port: settings.xmpp.componentPort,
        secret: try Secret(file: settings.xmpp.componentSecretFile, for: "xmpp.component_secret_file")),
      logger: log)
  }
}

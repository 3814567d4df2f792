// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Logging
import Sandbox
import ServiceLifecycle
import Trial
import UnixSignals

/// Where the trial meets the sandbox home server.
enum SandboxSeam {
  static let newcomer = Trial.Newcomer(name: "alice", password: SandboxSettings.trialPassword)

  /// Serves until it is asked to stop.
  static func serve(layout: StateLayout, ports: PortPlan, hosts: TrialHosts, files: String?) async throws {
    let logger = Logger(label: "sandbox")
    let settings: SandboxSettings
    do {
      settings = try self.settings(layout: layout, ports: ports, hosts: hosts, files: files)
      let sandbox = try await Sandbox(settings: settings, logger: logger)
      let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
          services: [sandbox.makeApplication()], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
      )
      try await group.run()
    } catch let error as SandboxError {
      throw TrialError(code: .program, cause: error.cause, remedy: error.remedy)
    }
  }

  private static func settings(
    layout: StateLayout, ports: PortPlan, hosts: TrialHosts, files: String?
  ) throws -> SandboxSettings {
    guard let base = URL(string: hosts.url(hosts.homeServer, ports: ports)) else {
      throw TrialError(
        code: .badValue, cause: "The home server has no address.", remedy: "Report this as a mistake.")
    }
    let secret = try secret(layout.sandboxWebhookSecret)
    var settings = SandboxSettings(
      domain: hosts.domain, baseURL: base, files: URL(filePath: files ?? layout.trialFiles),
      listenPort: ports[.sandbox], stateFolder: URL(filePath: layout.sandbox),
      controlToken: try self.secret(layout.sandboxControlToken),
      webhook: SandboxWebhook(url: "http://127.0.0.1:\(ports[.portal])/webhooks/mastodon", secret: secret))
    // Tests sign in more often than people do.
    settings.limits = .none
    return settings
  }

  private static func secret(_ path: String) throws -> String {
    do {
      return try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    } catch {
      throw TrialError(
        code: .stateFolder, cause: "\(path) cannot be read.",
        remedy: "Start the whole trial: it makes this file.")
    }
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation
import HomeServer
import Logging
import Synchronization
import Testing

/// What is logged at the finest level, in the course of a sign-in that works and one that does not.
@Suite(.timeLimit(.minutes(1))) struct LogTests {
  private struct Recorder: LogHandler {
    final class Lines: Sendable {
      private let texts = Mutex<[String]>([])
      var all: String { texts.withLock { $0.joined(separator: "\n") } }
      func add(_ text: String) { texts.withLock { $0.append(text) } }
    }
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) { lines.add("\(event.message) \(String(describing: event.metadata))") }
  }

  @Test func noSecretIsEverLogged() async throws {
    let lines = Recorder.Lines()
    let token = #"{"access_token":"the-token","token_type":"Bearer","scope":"profile read"}"#
    let script: [[RawServer.Act]] = [[.answer(200, token)], [], [.answer(500, "the-body")]]
    let logger = Logger(label: "test") { _ in Recorder(lines: lines) }
    try await withScript(logger: logger, script) { client, _ in
      let (discovery, registration, attempt) = try ExchangeTests.setUp(client)
      let held = try await client.exchange(Secret("the-code"), of: attempt, registration, discovery)
      let error = await #expect(throws: HomeServerError.self) { try await client.identity(held, discovery) }
      let secrets = [
        "the-token", "the-code", "the-body", registration.clientSecret.reveal(), attempt.state.reveal(),
        attempt.proofKey.verifier.reveal(), attempt.proofKey.challenge,
      ]
      #expect(lines.all.contains("verify_credentials"))
      for secret in secrets {
        #expect(!lines.all.contains(secret) && !"\(String(describing: error))".contains(secret))
      }
    }
  }
}

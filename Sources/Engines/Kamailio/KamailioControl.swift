// SPDX-License-Identifier: AGPL-3.0-or-later

import AsyncHTTPClient
public import Credentials
import Foundation
import NIOCore
import NIOHTTP1

/// Kamailio's control: http on loopback. What it tells is nobody's business, so it asks for a token.
public struct KamailioControl: EngineControl {
  private let port: Int
  private let token: Secret
  private let deadline: TimeAmount

  /// - Parameter deadline: for the whole answer, in milliseconds.
  public init(port: Int, token: Secret, deadline: Int64 = 1_000) {
    self.port = port
    self.token = token
    self.deadline = .milliseconds(deadline)
  }

  public func follow() async throws(EngineError) -> (position: ProjectionPosition, ended: Int) {
    let text = try await ask(.POST, "/follow")
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == 4, words[0] == "followed", let sequence = Int64(words[2]), let ended = Int(words[3])
    else { throw Self.notUnderstood }
    return (ProjectionPosition(epoch: String(words[1]), sequence: sequence), ended)
  }

  /// What Kamailio counts at this moment.
  public struct Status: Sendable, Equatable, Decodable {
    public let epoch: String
    public let sequence: Int64
    /// Contacts that ring when their member is called.
    public let registrations: Int
    /// Devices that have such a contact.
    public let devices: Int
    /// Calls that were answered and go on.
    public let calls: Int
    /// Calls that ring.
    public let ringing: Int
  }

  /// - Throws: ``EngineError`` `unreachable` or `notUnderstood`.
  public func status() async throws(EngineError) -> Status {
    let text = try await ask(.GET, "/status")
    guard let status = try? JSONDecoder().decode(Status.self, from: Data(text.utf8)) else {
      throw Self.notUnderstood
    }
    return status
  }

  private func ask(_ method: HTTPMethod, _ path: String) async throws(EngineError) -> String {
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
    request.method = method
    request.headers.add(name: "X-Trunkline-Token", value: token.reveal())
    do {
      let response = try await HTTPClient.shared.execute(request, timeout: deadline)
      let body = try await response.body.collect(upTo: 65_536)
      guard response.status == .ok else { throw Self.notUnderstood }
      return String(buffer: body)
    } catch let error as EngineError {
      throw error
    } catch {
      throw EngineError(
        .unreachable, cause: "Kamailio does not answer at 127.0.0.1:\(port).",
        remedy: "See whether it runs; it catches up by itself when it does.")
    }
  }

  private static let notUnderstood = EngineError(
    .notUnderstood, cause: "Kamailio's answer is not understood.",
    remedy: "Check that its configuration was written by this version: “trunkline engines write”.")
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// Which port each part of the trial listens at.
///
/// One offset moves all of them, so that trials and tests run side by side.
public struct PortPlan: Sendable, Hashable {
  /// A port of the trial; the raw value is its name in the trial's files.
  public enum Port: String, CaseIterable, Sendable, CodingKeyRepresentable, Codable {
    case https
    case portal
    case sandbox
    case client
    case clientTLS = "client_tls"
    case server
    case serverTLS = "server_tls"
    case engineHTTP = "engine_http"
    case component
    case sip
    case sipTLS = "sip_tls"
    case sipWebSocket = "sip_ws"
    case sipControl = "sip_control"
    case mediaControl = "rtpengine_ng"
    case mediaHTTP = "rtpengine_http"
    case turn
    case turnTLS = "turn_tls"
    case turnControl = "turn_control"

    /// The port when there is no offset.
    public var base: Int {
      switch self {
      case .https: 8443
      case .portal: 8480
      case .sandbox: 8481
      case .client: 5222
      case .clientTLS: 5223
      case .server: 5269
      case .serverTLS: 5270
      case .engineHTTP: 5280
      case .component: 5347
      case .sip: 5060
      case .sipTLS: 5061
      case .sipWebSocket: 5066
      case .sipControl: 5067
      case .mediaControl: 5068
      case .mediaHTTP: 5069
      case .turn: 3478
      case .turnTLS: 5349
      case .turnControl: 5766
      }
    }

    /// Who listens there and for what, as a person would say it.
    public var purpose: String {
      switch self {
      case .https: "nginx, the pages"
      case .portal: "the daemon, the portal behind nginx"
      case .sandbox: "the sandbox home server behind nginx"
      case .client: "Prosody, apps (STARTTLS)"
      case .clientTLS: "Prosody, apps (direct TLS)"
      case .server: "Prosody, other servers (STARTTLS)"
      case .serverTLS: "Prosody, other servers (direct TLS)"
      case .engineHTTP: "Prosody, WebSocket and uploads behind nginx"
      case .component: "Prosody, the daemon's own connection"
      case .sip: "Kamailio, phones without encryption"
      case .sipTLS: "Kamailio, phones (TLS)"
      case .sipWebSocket: "Kamailio, WebSocket behind nginx"
      case .sipControl: "Kamailio, control by the daemon"
      case .mediaControl: "rtpengine, orders of Kamailio"
      case .mediaHTTP: "rtpengine, numbers for the daemon"
      case .turn: "coturn, STUN and TURN"
      case .turnTLS: "coturn, TURN (TLS)"
      case .turnControl: "coturn, control by the daemon"
      }
    }

    enum Transport: String, Sendable {
      case tcp = "TCP"
      case udp = "UDP"
    }

    var transports: [Transport] {
      switch self {
      case .sip, .turn: [.tcp, .udp]
      case .mediaControl: [.udp]
      default: [.tcp]
      }
    }

    /// Whether it is for others than the trial's own parts: only these are reachable with `--lan`.
    var isForClients: Bool {
      switch self {
      case .https, .client, .clientTLS, .server, .serverTLS, .sip, .sipTLS, .turn, .turnTLS: true
      case .portal, .sandbox, .engineHTTP, .component, .sipWebSocket, .sipControl, .mediaControl, .mediaHTTP,
        .turnControl:
        false
      }
    }
  }

  private static let mediaBase = 10_000...10_199
  private static let relayBase = 10_200...10_399

  /// What is added to each base port.
  public let offset: Int

  /// The largest offset with which every port still exists.
  public static let largestOffset =
    65_535 - (Port.allCases.map(\.base) + [mediaBase.upperBound, relayBase.upperBound]).reduce(0, max)

  /// - Throws: ``TrialError`` if a port would not exist with this offset.
  public init(offset: Int = 0) throws {
    guard (0...Self.largestOffset).contains(offset) else {
      throw TrialError(
        code: .badValue, cause: "The port offset \(offset) is out of range.",
        remedy: "Set TRUNKLINE_PORT_OFFSET to a whole number from 0 to \(Self.largestOffset).")
    }
    self.offset = offset
  }

  /// Reads the offset as it stands in the environment; nothing there means no offset.
  public init(environmentValue text: String?) throws {
    guard let text, !text.isEmpty else {
      try self.init()
      return
    }
    guard let offset = Int(text) else {
      throw TrialError(
        code: .badValue, cause: "TRUNKLINE_PORT_OFFSET is “\(text)”, which is no number.",
        remedy: "Set it to a whole number from 0 to \(Self.largestOffset).")
    }
    try self.init(offset: offset)
  }

  public subscript(port: Port) -> Int { port.base + offset }

  /// UDP, of rtpengine. Both engines take another one where one of these is taken, so nobody has to ask beforehand.
  var media: ClosedRange<Int> { moved(Self.mediaBase) }

  /// UDP, of coturn.
  var relay: ClosedRange<Int> { moved(Self.relayBase) }

  private func moved(_ range: ClosedRange<Int>) -> ClosedRange<Int> {
    range.lowerBound + offset...range.upperBound + offset
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
import Directory

/// Where STUN and TURN are, and how credentials for them are made.
public struct RelayOffer: Sendable {
  let host: String
  let port: Int
  let tlsPort: Int
  let secret: Secret

  /// - Parameter secret: shared with the TURN server.
  public init(host: String, port: Int, tlsPort: Int, secret: Secret) {
    self.host = host
    self.port = port
    self.tlsPort = tlsPort
    self.secret = secret
  }

  /// What a device shows the TURN server until then.
  func grant(to device: Device.ID, until expiry: Timestamp) -> RelayGrant {
    RelayGrant(
      uris: [
        "turn:\(host):\(port)?transport=udp", "turn:\(host):\(port)?transport=tcp",
        "turns:\(host):\(tlsPort)?transport=tcp",
      ], credential: TURNCredential(secret: secret, device: device.text, expiry: expiry.date))
  }
}

/// A right to relays, for as long as the device's passwords last.
public struct RelayGrant: Sendable, Equatable {
  /// RFC 7065.
  public let uris: [String]
  public let credential: TURNCredential
}

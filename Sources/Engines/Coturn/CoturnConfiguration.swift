// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials

/// What coturn needs to know. It holds two secrets, so the rendered file is for coturn alone.
public struct CoturnConfiguration: Sendable, Equatable {
  public struct TLS: Sendable, Hashable {
    public var port: Int
    public var certificate: String
    public var certificateKey: String

    public init(port: Int, certificate: String, certificateKey: String) {
      self.port = port
      self.certificate = certificate
      self.certificateKey = certificateKey
    }
  }

  /// The realm.
  public var domain: String
  /// Where clients come in and relays are made.
  public var interfaces: [String]
  /// Where this machine is behind NAT, what the world sees.
  public var externalAddress: String?
  /// UDP and TCP.
  public var port: Int
  public var tls: TLS?
  /// UDP.
  public var relayPorts: ClosedRange<Int>
  /// What credentials are made from.
  public var secret: Secret
  /// On loopback.
  public var controlPort: Int
  public var controlPassword: Secret
  /// coturn's own folder.
  public var state: String
  public var pidFile: String
  /// rtpengine's addresses, which a relay may send to even where they are private.
  public var mediaAddresses: [String]
  /// At once, for one credential.
  public var allocationsOfCredential: Int
  /// Of one allocation, each way.
  public var bytesPerSecond: Int
  public var capacity: MachineCapacity

  public init(
    domain: String, interfaces: [String], externalAddress: String? = nil, port: Int, tls: TLS?,
    relayPorts: ClosedRange<Int>, secret: Secret, controlPort: Int, controlPassword: Secret, state: String,
    pidFile: String, mediaAddresses: [String] = [], allocationsOfCredential: Int = 16,
    bytesPerSecond: Int = 1_000_000, capacity: MachineCapacity
  ) {
    self.domain = domain
    self.interfaces = interfaces
    self.externalAddress = externalAddress
    self.port = port
    self.tls = tls
    self.relayPorts = relayPorts
    self.secret = secret
    self.controlPort = controlPort
    self.controlPassword = controlPassword
    self.state = state
    self.pidFile = pidFile
    self.mediaAddresses = mediaAddresses
    self.allocationsOfCredential = allocationsOfCredential
    self.bytesPerSecond = bytesPerSecond
    self.capacity = capacity
  }
}

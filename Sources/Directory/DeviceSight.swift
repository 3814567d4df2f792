// SPDX-License-Identifier: AGPL-3.0-or-later

/// What an engine has seen of a device.
public struct DeviceSight: Sendable, Equatable {
  /// When it last logged in.
  public let connectedAt: Timestamp
  /// From where: an IP address.
  public let address: String
  /// Whether it is connected now. For calls that means registered: only then it rings.
  public let isOnline: Bool

  public init(connectedAt: Timestamp, address: String, isOnline: Bool) {
    self.connectedAt = connectedAt
    self.address = address
    self.isOnline = isOnline
  }
}

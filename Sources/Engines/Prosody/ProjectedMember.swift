// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
import Foundation

/// What Prosody needs to know of one member: the salts, the live devices' verifiers, and what the member decided about who
/// sees and reaches them. One row, and one for each address or server that was decided about.
public struct ProjectedMember: ProjectedRow, Equatable {
  public let name: Name
  public let sha1: SCRAMParameters
  public let sha256: SCRAMParameters
  public let presence: PresencePolicy
  /// Who may start a chat.
  public let reach: Reach
  public let relations: [Peer: Relation]
  public let devices: [ProjectedDevice]

  public init(
    name: Name, sha1: SCRAMParameters, sha256: SCRAMParameters, presence: PresencePolicy, reach: Reach,
    relations: [Peer: Relation] = [:], devices: [ProjectedDevice]
  ) {
    self.name = name
    self.sha1 = sha1
    self.sha256 = sha256
    self.presence = presence
    self.reach = reach
    self.relations = relations
    self.devices = devices
  }

  /// One line a device, fields parted by spaces: id, expiry, then stored key and server key for each hash, in
  /// base 64. Lua takes it apart with one pattern.
  var deviceLines: String {
    devices.map { device in
      [
        device.id.text, String(device.expiresAt?.seconds ?? 0),
        device.sha1.storedKey.base64EncodedString(), device.sha1.serverKey.base64EncodedString(),
        device.sha256.storedKey.base64EncodedString(), device.sha256.serverKey.base64EncodedString(),
      ].joined(separator: " ") + "\n"
    }.joined()
  }
}

/// One live device with its verifiers.
public struct ProjectedDevice: Sendable, Equatable {
  public let id: Device.ID
  public let expiresAt: Timestamp?
  public let sha1: SCRAMVerifier
  public let sha256: SCRAMVerifier

  public init(id: Device.ID, expiresAt: Timestamp?, sha1: SCRAMVerifier, sha256: SCRAMVerifier) {
    self.id = id
    self.expiresAt = expiresAt
    self.sha1 = sha1
    self.sha256 = sha256
  }
}

/// A name whose data the engine has to wipe.
public struct ProjectedPurge: Sendable, Hashable {
  public let id: String
  public let name: Name

  public init(id: String, name: Name) {
    self.id = id
    self.name = name
  }
}

/// Something that Prosody tells a member once, as a message from the domain.
public struct ProjectedNotice: Sendable, Equatable {
  /// Grows from notice to notice.
  public let id: Int64
  public let name: Name
  public let body: String

  public init(id: Int64, name: Name, body: String) {
    self.id = id
    self.name = name
    self.body = body
  }
}

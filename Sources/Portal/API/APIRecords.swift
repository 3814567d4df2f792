// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Foundation

/// A value that is written as `null` when there is none, so that every answer has all its fields.
struct Nullable<Value: Encodable & Sendable>: Encodable, Sendable {
  let value: Value?

  init(_ value: Value?) { self.value = value }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}

extension Service {
  /// What the API and its paths call it: the members' word.
  var apiName: String {
    switch self {
    case .xmpp: "chat"
    case .sip: "calls"
    }
  }
}

/// What the API answers; `share/portal/openapi.json` describes it. Field names are written in snake case.
enum APIRecord {
  struct Session: Encodable {
    let address: String
    let displayName: String
    let services: [String]
    let csrfToken: String
    let signInIsRecent: Bool
  }

  struct Device: Encodable {
    let id: String
    let name: String
    let app: String
    let services: [String]
    let createdAt: Date
    let expiresAt: Nullable<Date>
    let lastConnectedAt: Nullable<Date>
    let lastAddress: Nullable<String>
    let connected: Bool

    init(_ overview: DeviceOverview) {
      self.init(
        overview.device, lastConnectedAt: overview.lastSight?.connectedAt,
        lastAddress: overview.lastSight?.address,
        connected: overview.isConnected)
    }

    init(
      _ device: Directory.Device, name: DeviceName? = nil, lastConnectedAt: Timestamp? = nil,
      lastAddress: String? = nil, connected: Bool = false
    ) {
      id = device.id.text
      self.name = (name ?? device.name).text
      app = (device.apps[.xmpp] ?? device.apps[.sip] ?? .other).rawValue
      services = device.services.map(\.apiName).sorted()
      createdAt = device.createdAt.date
      expiresAt = Nullable(device.expiresAt?.date)
      self.lastConnectedAt = Nullable(lastConnectedAt?.date)
      self.lastAddress = Nullable(lastAddress)
      self.connected = connected
    }
  }

  struct Devices: Encodable {
    let devices: [Device]
  }

  struct Issued: Encodable {
    let device: Device
    let address: String
    let password: String
  }

  struct Ended: Encodable {
    /// `null` if the chat server did not answer: it follows by itself.
    let ended: Nullable<Int>
  }

  struct Switched: Encodable {
    let on: Bool
    let ended: Nullable<Int>
  }
}

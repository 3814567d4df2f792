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
    let offered: [String]
    let csrfToken: String
    let signInIsRecent: Bool
  }

  /// One app of a device, with what was seen of it.
  struct DeviceApp: Encodable {
    let service: String
    let app: String
    let connected: Bool
    let lastConnectedAt: Nullable<Date>
    let lastAddress: Nullable<String>

    init(_ app: App, _ sight: DeviceSight?) {
      service = app.service.apiName
      self.app = app.rawValue
      connected = sight?.isOnline ?? false
      lastConnectedAt = Nullable(sight?.connectedAt.date)
      lastAddress = Nullable(sight.flatMap { $0.address.isEmpty ? nil : $0.address })
    }
  }

  struct Device: Encodable {
    let id: String
    let name: String
    let apps: [DeviceApp]
    let createdAt: Date
    let expiresAt: Nullable<Date>

    init(_ overview: DeviceOverview, name: DeviceName? = nil) {
      self.init(overview.device, sights: overview.sights, name: name)
    }

    init(_ device: Directory.Device, sights: [Service: DeviceSight] = [:], name: DeviceName? = nil) {
      id = device.id.text
      self.name = (name ?? device.name).text
      apps = Service.shown.compactMap { service in
        device.apps[service].map { DeviceApp($0, sights[service]) }
      }
      createdAt = device.createdAt.date
      expiresAt = Nullable(device.expiresAt?.date)
    }
  }

  struct Devices: Encodable {
    let devices: [Device]
  }

  struct Issued: Encodable {
    let device: Device
    let address: String
    let passwords: [Password]
    let provisioningURL: Nullable<String>

    private enum CodingKeys: String, CodingKey {
      case device, address, passwords
      // The encoder's snake case would make “provisioning_uRL” of it.
      case provisioningURL = "provisioningUrl"
    }
  }

  struct Password: Encodable {
    let service: String
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

// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import Directory
import Foundation
import Storage

/// What `--json` prints. Names and shapes are kept from version to version.
struct AccountRecord: Encodable {
  let address: String
  let homeServer: String
  let homeID: String
  let displayName: String
  /// `active`, `disabled` (by the admin here), `deleting`, or what the home server says.
  let state: String
  let standing: String
  let standingCheckedAt: Date
  let services: [String]
  let presence: String
  /// Who may start a chat, and who may call: `everyone`, `followed`, `contacts`.
  let chatReach: String
  let callReach: String
  let createdAt: Date
  let disabledAt: Date?

  init(_ account: Account) {
    address = account.handle.description
    homeServer = account.identity.homeServer
    homeID = account.identity.id
    displayName = account.displayName
    state =
      account.deletedAt != nil
      ? "deleting" : account.disabledAt != nil ? "disabled" : account.standing.rawValue
    standing = account.standing.rawValue
    standingCheckedAt = account.standingCheckedAt.date
    services = account.services.map(\.rawValue).sorted()
    presence = account.privacy.presence.rawValue
    chatReach = account.privacy.chatReach.rawValue
    callReach = account.privacy.callReach.rawValue
    createdAt = account.createdAt.date
    disabledAt = account.disabledAt?.date
  }
}

struct DeviceRecord: Encodable {
  let id: String
  let name: String
  /// By service.
  let apps: [String: String]
  let services: [String]
  let createdAt: Date
  let expiresAt: Date?
  /// By service: when and from where it last connected, and whether it is connected now.
  let sights: [String: SightRecord]

  init(_ overview: DeviceOverview) {
    let device = overview.device
    id = device.id.text
    name = device.name.text
    apps = Dictionary(
      uniqueKeysWithValues: device.apps.map { ($0.key.rawValue, $0.value.rawValue) })
    services = device.services.map(\.rawValue).sorted()
    createdAt = device.createdAt.date
    expiresAt = device.expiresAt?.date
    sights = Dictionary(
      uniqueKeysWithValues: overview.sights.map { ($0.key.rawValue, SightRecord($0.value)) })
  }
}

struct SightRecord: Encodable {
  let lastConnectedAt: Date
  let lastAddress: String
  let connected: Bool

  init(_ sight: DeviceSight) {
    lastConnectedAt = sight.connectedAt.date
    lastAddress = sight.address
    connected = sight.isOnline
  }
}

struct AuditRecord: Encodable {
  let at: Date
  let actor: String
  let action: String
  let device: String?
  let detail: String

  init(_ entry: AuditEntry) {
    at = entry.at.date
    actor = entry.actor
    action = entry.action
    device = entry.device
    detail = entry.detail
  }
}

struct AccountDetails: Encodable {
  let account: AccountRecord
  let devices: [DeviceRecord]
  let audit: [AuditRecord]
}

/// What `devices add --json` prints: the only time that the passwords can be had.
struct IssuedRecord: Encodable {
  let id: String
  let address: String
  /// By service.
  let passwords: [String: String]

  init(_ issued: IssuedDevice) {
    id = issued.device.id.text
    address = issued.handle.description
    passwords = Dictionary(
      uniqueKeysWithValues: issued.passwords.map { ($0.key.rawValue, $0.value.secret.reveal()) })
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
public import Engines
import Logging
import Storage

/// The engines of calls, as far as the daemon asks them for something.
public struct CallEngines: Sendable {
  let control: KamailioControl
  let media: RTPEngineStatus
  /// `nil` on a site without TURN.
  let relays: CoturnControl?
  /// Where relays are, for web sessions; `nil` on a site without TURN.
  let relayOffer: RelayOffer?

  public init(
    control: KamailioControl, media: RTPEngineStatus, relays: CoturnControl?, relayOffer: RelayOffer? = nil
  ) {
    self.control = control
    self.media = media
    self.relays = relays
    self.relayOffer = relayOffer
  }
}

/// What goes on at this moment; `nil` for what an engine did not tell.
public struct CallMeasures: Sendable, Equatable {
  /// Devices that ring when their member is called.
  public let registeredDevices: Int?
  public let calls: Int?
  public let ringing: Int?
  /// Calls whose media is relayed.
  public let mediaSessions: Int?
  /// Relays through TURN.
  public let relays: Int?
}

extension Accounts {
  /// The longest life of a TURN credential, in seconds, with a minute for clocks that differ.
  static let relayLife: Int64 = 3_660

  /// - Returns: `nil` on a site without calls.
  public func callMeasures() async -> CallMeasures? {
    guard let callEngines else { return nil }
    async let status = try? callEngines.control.status()
    async let sessions = try? callEngines.media.sessions()
    async let relays = try? callEngines.relays?.sessions()
    let kamailio = await status
    return CallMeasures(
      registeredDevices: kamailio?.devices, calls: kamailio?.calls, ringing: kamailio?.ringing,
      mediaSessions: await sessions, relays: await relays)
  }

  /// Ends the TURN relays of devices that may not have any.
  ///
  /// coturn asks no database: it believes a credential until that expires, and refreshes a relay even longer. So whoever
  /// was put out within the life of a credential is ended again and again until it has passed.
  ///
  /// - Parameter since: leaves out who was put out before: a change has to wait for those only whom it puts out itself.
  func endRelays(since: Timestamp) async {
    guard let relays = callEngines?.relays else { return }
    do {
      let out = try await devicesPutOut(since: since)
      let ended = try await relays.end(devices: out)
      if ended > 0 { log.info("relays ended", metadata: ["count": "\(ended)"]) }
    } catch {
      log.warning("relays not ended", metadata: ["cause": "\(error)"])
    }
  }

  /// Devices that were revoked, or whose members were put out, since then.
  func devicesPutOut(since: Timestamp) async throws -> Set<Device.ID> {
    let now = clock()
    return try await ledger.read { reader in
      var out = try reader.devicesEnded(since: since)
      for name in try reader.namesChanged(since: since) {
        guard let account = try reader.account(named: name) else { continue }
        for device in try reader.devices(of: account.id)
        where !device.isLive(at: now) || !device.services.contains(where: account.mayUse) {
          out.insert(device.id)
        }
      }
      return out
    }
  }
}

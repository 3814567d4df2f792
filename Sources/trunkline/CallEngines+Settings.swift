// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import Engines
import Foundation
import Settings

extension KamailioControl {
  /// - Throws: `SettingsError` if the token cannot be read.
  init(_ sip: Settings.SIP) throws {
    self.init(
      port: sip.controlPort, token: try Secret(file: sip.controlTokenFile, for: "sip.control_token_file"))
  }
}

extension CallEngines {
  /// `nil` where calls are off.
  /// - Throws: `SettingsError` if a secret cannot be read.
  init?(_ settings: Settings) throws {
    guard let sip = settings.sip, let media = settings.media else { return nil }
    self.init(
      control: try KamailioControl(sip), media: RTPEngineStatus(port: media.httpPort),
      relays: try settings.turn.map { turn in
        CoturnControl(
          port: turn.controlPort,
          password: try Secret(file: turn.controlPasswordFile, for: "turn.control_password_file"))
      },
      relayOffer: try settings.turn.map { turn in
        // The portal's name: of all names that browsers know, it is the one that surely leads to this machine.
        RelayOffer(
          host: settings.portal.url.host() ?? settings.domain, port: turn.port, tlsPort: turn.tlsPort,
          secret: try Secret(file: turn.secretFile, for: "turn.secret_file"))
      })
  }
}

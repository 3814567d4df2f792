// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

// Every value has passed its check, and every key that is needed is there.
extension SettingsFile {
  fileprivate func text(_ key: String) -> String? { values(key).first }
  fileprivate func isOn(_ key: String) -> Bool { text(key) == "yes" }
  fileprivate func number(_ key: String) -> Int { text(key).flatMap { Int($0) } ?? 0 }
  fileprivate func path(_ key: String) -> URL { URL(filePath: text(key) ?? "/") }
  fileprivate func ports(_ key: String) -> ClosedRange<Int> { text(key).flatMap(Setting.ports) ?? 0...0 }
}

extension Settings.SIP {
  init?(_ file: SettingsFile) {
    guard file.isOn("sip.enabled") else { return nil }
    interfaces = file.values("sip.interfaces")
    advertisedAddress = file.text("sip.advertised_address")
    cleartext = file.isOn("sip.cleartext")
    port = file.number("sip.port")
    tlsPort = file.number("sip.tls_port")
    websocketPort = file.number("sip.websocket_port")
    controlPort = file.number("sip.control_port")
    certificate = file.path("sip.certificate")
    certificateKey = file.path("sip.certificate_key")
    projection = file.path("sip.projection")
    engineState = file.path("sip.engine_state")
    controlTokenFile = file.path("sip.control_token_file")
    historyDays = file.number("calls.history_days")
    callsOtherDomains = file.isOn("calls.other_domains")
  }
}

extension Settings.Media {
  init?(_ file: SettingsFile) {
    guard file.isOn("sip.enabled") else { return nil }
    interfaces = file.values("media.interfaces")
    advertisedAddress = file.text("sip.advertised_address")
    ports = file.ports("media.ports")
    ngPort = file.number("media.ng_port")
    httpPort = file.number("media.http_port")
    engineState = file.path("media.engine_state")
  }
}

extension Settings.TURN {
  init?(_ file: SettingsFile) {
    guard file.isOn("turn.enabled") else { return nil }
    interfaces = file.values("turn.interfaces")
    advertisedAddress = file.text("sip.advertised_address")
    port = file.number("turn.port")
    tlsPort = file.number("turn.tls_port")
    ports = file.ports("turn.ports")
    secretFile = file.path("turn.secret_file")
    controlPort = file.number("turn.control_port")
    controlPasswordFile = file.path("turn.control_password_file")
    certificate = file.path("turn.certificate")
    certificateKey = file.path("turn.certificate_key")
    engineState = file.path("turn.engine_state")
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Engines
import Foundation
import Settings

extension KamailioConfiguration {
  /// `nil` where calls are off.
  ///
  /// - Parameter folder: where the rendered files will lie.
  /// - Throws: `SettingsError` if the token cannot be read, `Failure` if other domains are to be called and nobody says whose
  ///   certificates are believed.
  init?(_ settings: Settings, share: URL, folder: URL, capacity: MachineCapacity) throws {
    guard let sip = settings.sip, let media = settings.media else { return nil }
    let portal = settings.portal.url
    let authorities = settings.discovery?.caFile ?? Self.systemAuthorities
    guard !sip.callsOtherDomains || FileManager.default.isReadableFile(atPath: authorities.path) else {
      throw Failure(
        cause:
          "Members are to call other domains (calls.other_domains), but \(authorities.path) cannot be read, "
          + "which says whose certificates are believed.",
        remedy: "Install the package ca-certificates, or set calls.other_domains to no.")
    }
    self.init(
      domain: settings.domain, interfaces: sip.interfaces, advertisedAddress: sip.advertisedAddress,
      cleartext: sip.cleartext,
      ports: Ports(
        sip: sip.port, tls: sip.tlsPort, webSocket: sip.websocketPort, control: sip.controlPort,
        media: media.ngPort),
      places: Places(
        routes: share.appending(path: "kamailio/routes").path,
        tlsConfiguration: folder.appending(path: "tls.cfg").path,
        certificate: sip.certificate.path, certificateKey: sip.certificateKey.path,
        projection: sip.projection.path,
        state: sip.engineState.path),
      // As browsers write it: without the port that https has anyway.
      webOrigin: "https://\(portal.host() ?? "")"
        + (portal.port.flatMap { $0 == 443 ? nil : ":\($0)" } ?? ""),
      controlToken: try Secret(file: sip.controlTokenFile, for: "sip.control_token_file"),
      deviceLimit: settings.passwordLimit, capacity: capacity,
      otherDomains: sip.callsOtherDomains
        ? OtherDomains(
          authorities: authorities.path,
          allowsPrivate: settings.discovery?.allowsPrivate ?? false) : nil)
  }

  /// Debian's, of the package ca-certificates.
  private static let systemAuthorities = URL(filePath: "/etc/ssl/certs/ca-certificates.crt")
}

extension RTPEngineConfiguration {
  /// `nil` where calls are off.
  init?(_ settings: Settings, capacity: MachineCapacity) {
    guard let media = settings.media else { return nil }
    self.init(
      interfaces: media.interfaces, advertisedAddress: media.advertisedAddress, ports: media.ports,
      controlPort: media.ngPort, httpPort: media.httpPort,
      pidFile: media.engineState.appending(path: "rtpengine.pid").path, capacity: capacity)
  }
}

extension CoturnConfiguration {
  /// `nil` where TURN is off.
  ///
  /// - Throws: `SettingsError` if a secret cannot be read.
  init?(_ settings: Settings, capacity: MachineCapacity) throws {
    guard let turn = settings.turn else { return nil }
    self.init(
      domain: settings.domain, interfaces: turn.interfaces, externalAddress: turn.advertisedAddress,
      port: turn.port,
      tls: TLS(
        port: turn.tlsPort, certificate: turn.certificate.path, certificateKey: turn.certificateKey.path),
      relayPorts: turn.ports, secret: try Secret(file: turn.secretFile, for: "turn.secret_file"),
      controlPort: turn.controlPort,
      controlPassword: try Secret(file: turn.controlPasswordFile, for: "turn.control_password_file"),
      state: turn.engineState.path, pidFile: turn.engineState.appending(path: "turnserver.pid").path,
      mediaAddresses: settings.media?.interfaces ?? [], capacity: capacity)
  }
}

extension MachineCapacity {
  /// Of the machine that this runs on.
  static var here: MachineCapacity {
    let about = ProcessInfo.processInfo
    return MachineCapacity(
      processors: about.activeProcessorCount, memoryMegabytes: Int(about.physicalMemory >> 20))
  }
}

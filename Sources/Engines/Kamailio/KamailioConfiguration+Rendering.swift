// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
public import Foundation

extension KamailioConfiguration {
  /// Kamailio's configuration files by their names: `kamailio.cfg` and `tls.cfg`.
  ///
  /// - Parameter share: the folder of the installed files.
  /// - Throws: ``EngineError`` `configuration` if a value cannot be written safely or a template does not fit.
  public func render(share: URL) throws -> [String: String] {
    try validate()
    return [
      "kamailio.cfg": try EngineTemplate(share: share, "kamailio/kamailio.cfg")
        .render(values, optional: ["address", "advertisedAddress"]),
      "tls.cfg": try EngineTemplate(share: share, "kamailio/tls.cfg")
        .render([
          "certificate": places.certificate, "certificateKey": places.certificateKey,
          // Without other domains nobody is connected to, and no authority is believed: only what our own certificate says of itself.
          "authorities": otherDomains?.authorities ?? places.certificate,
        ]),
    ]
  }

  private var values: [String: Any] {
    [
      "domain": domain, "interfaces": interfaces.map(listener), "cleartext": cleartext,
      "sipPort": ports.sip, "tlsPort": ports.tls, "webSocketPort": ports.webSocket,
      "controlPort": ports.control,
      "mediaControlPort": ports.media, "controlTokenHash": controlTokenHash, "webOrigin": webOrigin,
      "tlsConfig": places.tlsConfiguration, "routes": places.routes, "projection": places.projection,
      "state": places.state, "deviceLimit": deviceLimit, "sourceLimit": sourceLimit, "guessLimit": guessLimit,
      "workers": capacity.workers, "connections": capacity.connections,
      "sharedMegabytes": capacity.sharedMegabytes, "logLevel": 1,
      "elsewhere": otherDomains != nil, "exceptions": otherDomains?.allowsPrivate == true ? "*" : "",
      "ownAddresses": (interfaces + (advertisedAddress.map { [$0] } ?? [])).joined(separator: " "),
      "families": (interfaces.contains { !PlainValue.isIPv6($0) } ? "4" : "")
        + (interfaces.contains(where: PlainValue.isIPv6) ? "6" : ""),
    ]
  }

  private func listener(_ address: String) -> [String: Any] {
    var listener: [String: Any] = ["address": Self.bracketed(address)]
    if let advertisedAddress, PlainValue.isSameFamily(address, advertisedAddress) {
      listener["advertisedAddress"] = Self.bracketed(advertisedAddress)
    }
    return listener
  }

  private static func bracketed(_ address: String) -> String {
    PlainValue.isIPv6(address) ? "[\(address)]" : address
  }

  /// What Kamailio compares the hash of a shown token with.
  private var controlTokenHash: String {
    Fingerprint(of: controlToken).bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.utf8.count == 1 ? "0" + digits : digits
    }.joined()
  }

  func validate() throws {
    let check = ConfigurationCheck(engine: "Kamailio")
    try check.hostName(domain)
    try check.interfaces(interfaces)
    if let advertisedAddress {
      try check.address(advertisedAddress)
      guard interfaces.contains(where: { PlainValue.isSameFamily($0, advertisedAddress) }) else {
        throw check.invalid(
          "nothing listens where \(advertisedAddress) could lead",
          "Advertise an address of the interfaces' kind.")
      }
    }
    try check.ports([ports.sip, ports.tls, ports.webSocket, ports.control, ports.media])
    try check.paths(
      [
        places.routes, places.tlsConfiguration, places.certificate, places.certificateKey, places.projection,
        places.state,
      ] + (otherDomains.map { [$0.authorities] } ?? []))
    guard PlainValue.isOrigin(webOrigin) else {
      throw check.invalid("“\(webOrigin)” is no origin", "Write it as https://chat.example.social.")
    }
    // Whoever can guess the token ends calls; and an empty one would be the hash of nothing.
    guard controlToken.reveal().utf8.count >= 16 else {
      throw check.invalid("the control token is too short", "Make it with: openssl rand -hex 32")
    }
    guard controlToken.reveal().utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw check.invalid(
        "the control token cannot stand in a header", "Make it with: openssl rand -hex 32")
    }
    try check.positive(deviceLimit, "the limit of devices")
    try check.positive(sourceLimit, "the limit of requests")
    try check.positive(guessLimit, "the limit of guesses")
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
public import Foundation

extension CoturnConfiguration {
  /// The text of `turnserver.conf`. It holds secrets.
  ///
  /// - Throws: ``EngineError`` `configuration` if a value cannot be written safely or the template does not fit.
  public func render(share: URL) throws -> String {
    try validate()
    var values: [String: Any] = [
      "domain": domain, "interfaces": interfaces, "port": port, "firstRelayPort": relayPorts.lowerBound,
      "lastRelayPort": relayPorts.upperBound, "secret": secret.reveal(), "controlPort": controlPort,
      "controlPassword": controlPassword.reveal(), "state": state, "pidFile": pidFile,
      // What is on loopback is never a relay's business, whoever names it.
      "allowedPeers": mediaAddresses.filter { !PlainValue.isLoopback($0) }, "threads": capacity.processors,
      "totalAllocations": relayPorts.count, "allocationsOfCredential": allocationsOfCredential,
      "bytesPerSecond": bytesPerSecond,
    ]
    if let tls {
      values["tls"] =
        [
          "tlsPort": tls.port, "certificate": tls.certificate, "certificateKey": tls.certificateKey,
        ] as [String: Any]
    }
    if let external { values["externalAddress"] = external }
    return try EngineTemplate(share: share, "coturn/turnserver.conf").render(
      values, optional: ["tls", "tlsPort", "certificate", "certificateKey", "externalAddress"])
  }

  /// `PUBLIC/PRIVATE`, so that an interface of the other kind keeps its own address.
  private var external: String? {
    guard let externalAddress,
      let inner = interfaces.first(where: { PlainValue.isSameFamily($0, externalAddress) })
    else { return nil }
    return "\(externalAddress)/\(inner)"
  }

  private func validate() throws {
    let check = ConfigurationCheck(engine: "coturn")
    try check.hostName(domain)
    try check.interfaces(interfaces)
    if let externalAddress { try check.address(externalAddress) }
    for address in mediaAddresses { try check.address(address) }
    try check.ports([port, controlPort] + (tls.map { [$0.port] } ?? []))
    try check.range(relayPorts)
    try check.paths([state, pidFile] + (tls.map { [$0.certificate, $0.certificateKey] } ?? []))
    for (value, name) in [(secret, "turn.secret_file"), (controlPassword, "turn.control_password_file")]
    where !PlainValue.isToken(value.reveal()) {
      throw check.invalid(
        "the secret of “\(name)” is too short or has characters that its configuration cannot hold",
        "Make it with: openssl rand -hex 32")
    }
    guard secret != controlPassword else {
      throw check.invalid("both of its secrets are the same", "Make each with: openssl rand -hex 32")
    }
    try check.positive(allocationsOfCredential, "the limit of allocations")
    try check.positive(bytesPerSecond, "the limit of bytes")
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation

/// What rtpengine, which relays sound and pictures, needs to know.
public struct RTPEngineConfiguration: Sendable, Hashable {
  public var interfaces: [String]
  /// Where this machine is behind NAT, what phones are told instead of an interface of the same kind.
  public var advertisedAddress: String?
  public var ports: ClosedRange<Int>
  /// UDP on loopback: whoever can send there commands every call's media.
  public var controlPort: Int
  /// On loopback.
  public var httpPort: Int
  public var pidFile: String
  public var capacity: MachineCapacity

  public init(
    interfaces: [String], advertisedAddress: String? = nil, ports: ClosedRange<Int>, controlPort: Int,
    httpPort: Int,
    pidFile: String, capacity: MachineCapacity
  ) {
    self.interfaces = interfaces
    self.advertisedAddress = advertisedAddress
    self.ports = ports
    self.controlPort = controlPort
    self.httpPort = httpPort
    self.pidFile = pidFile
    self.capacity = capacity
  }

  /// Calls at once: two phones take four ports, and one more that rings takes four for a while.
  var sessions: Int { max(1, ports.count / 8) }

  /// The text of `rtpengine.conf`.
  ///
  /// - Throws: ``EngineError`` `configuration` if a value cannot be written safely or the template does not fit.
  public func render(share: URL) throws -> String {
    try validate()
    return try EngineTemplate(share: share, "rtpengine/rtpengine.conf").render([
      "interface": interfaces.map(interface).joined(separator: ";"), "controlPort": controlPort,
      "httpPort": httpPort, "firstPort": ports.lowerBound, "lastPort": ports.upperBound,
      "threads": capacity.processors, "sessions": sessions, "logLevel": 5, "pidFile": pidFile,
    ])
  }

  private func interface(_ address: String) -> String {
    guard let advertisedAddress, PlainValue.isSameFamily(address, advertisedAddress) else { return address }
    return "\(address)!\(advertisedAddress)"
  }

  private func validate() throws {
    let check = ConfigurationCheck(engine: "rtpengine")
    try check.interfaces(interfaces)
    if let advertisedAddress { try check.address(advertisedAddress) }
    try check.range(ports)
    try check.ports([controlPort, httpPort])
    try check.paths([pidFile])
  }
}

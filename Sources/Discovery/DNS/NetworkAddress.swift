// SPDX-License-Identifier: AGPL-3.0-or-later

import Glibc

/// An IPv4 or IPv6 address, and where in the world it leads.
public struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
  /// Four or sixteen.
  public let bytes: [UInt8]

  public init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// As inet_pton(3) reads it: no `0x7f.1`, no `127.1`, no zone.
  public init?(_ text: String) {
    var four = Self.zeros(4)
    var six = Self.zeros(16)
    if inet_pton(AF_INET, text, &four) == 1 {
      bytes = four
    } else if inet_pton(AF_INET6, text, &six) == 1 {
      bytes = six
    } else {
      return nil
    }
  }

  public var description: String {
    if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
    return stride(from: 0, to: 16, by: 2)
      .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
  }

  /// What an address is for.
  public enum Scope: String, Sendable, CaseIterable {
    /// Somewhere on the Internet.
    case everywhere
    /// This machine, its network, or somebody's network behind a translator: loopback, private, link-local, shared,
    /// unique local.
    case inside
    /// Nowhere that a connection leads: unspecified, multicast, broadcast, documentation, benchmarks, reserved, and ways of
    /// tunnelling that are no more.
    case nowhere
  }

  /// By IANA's registries of special-purpose addresses (RFC 6890 and its updates). For IPv6 only what is handed out as
  /// global unicast is the Internet; an IPv4 address within an IPv6 one counts as what it is.
  public var scope: Scope {
    if bytes.count == 4 { return Self.scope4(bytes) }
    // ::ffff:0:0/96 mapped, ::/96 compatible (deprecated): both reach the IPv4 address on some systems.
    if bytes.starts(with: Self.zeros(10)), bytes[10] == 0xFF, bytes[11] == 0xFF {
      return Self.embedded(bytes[12...])
    }
    if bytes.starts(with: Self.zeros(12)) {
      return bytes[12...].elementsEqual([0, 0, 0, 1]) ? .inside : Self.embedded(bytes[12...])
    }
    // 64:ff9b::/96, the well-known prefix of NAT64 (RFC 6052): on a network without IPv4 this is how it is reached.
    if bytes.starts(with: [0, 0x64, 0xFF, 0x9B] + Self.zeros(8)) { return Self.scope4(Array(bytes[12...])) }
    if has([0xFE, 0x80], 10) || has([0xFE, 0xC0], 10) || has([0xFC], 7)
      || has([0, 0x64, 0xFF, 0x9B, 0, 1], 48)
    {
      return .inside
    }
    guard has([0x20], 3) else { return .nowhere }
    // 2001::/23 IETF's own (Teredo, ORCHID, benchmarks), documentation, 6to4.
    for (prefix, length) in Self.unusable where has(prefix, length) { return .nowhere }
    return .everywhere
  }

  private static let unusable: [([UInt8], Int)] = [
    ([0x20, 0x01, 0x00], 23), ([0x20, 0x01, 0x0D, 0xB8], 32), ([0x20, 0x02], 16), ([0x3F, 0xFF, 0x00], 20),
  ]

  private static let inside4: [([UInt8], Int)] = [
    ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12), ([192, 0, 0], 24),
    ([192, 168], 16),
    // “This host on this network” (RFC 791): Linux connects to itself.
    ([0], 8),
  ]

  private static let nowhere4: [([UInt8], Int)] = [
    ([192, 0, 2], 24), ([192, 88, 99], 24), ([198, 18], 15), ([198, 51, 100], 24), ([203, 0, 113], 24),
    ([224], 4),
    ([240], 4),
  ]

  private static func scope4(_ bytes: [UInt8]) -> Scope {
    if inside4.contains(where: { Self.has(bytes, $0.0, $0.1) }) { return .inside }
    if nowhere4.contains(where: { Self.has(bytes, $0.0, $0.1) }) { return .nowhere }
    return .everywhere
  }

  /// Nobody's DNS has a reason to name an IPv4 address this way: at best it leads nowhere.
  private static func embedded(_ bytes: ArraySlice<UInt8>) -> Scope {
    scope4(Array(bytes)) == .inside ? .inside : .nowhere
  }

  private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  private func has(_ prefix: [UInt8], _ length: Int) -> Bool { Self.has(bytes, prefix, length) }

  /// Whether the first `length` bits are those of the prefix.
  private static func has(_ bytes: [UInt8], _ prefix: [UInt8], _ length: Int) -> Bool {
    for bit in 0..<length {
      let (index, mask) = (bit / 8, UInt8(0x80) >> UInt8(bit % 8))
      let wanted = index < prefix.count ? prefix[index] : 0
      if bytes[index] & mask != wanted & mask { return false }
    }
    return true
  }
}

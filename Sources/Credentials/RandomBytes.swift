// SPDX-License-Identifier: AGPL-3.0-or-later

/// Where randomness comes from. Passed in, so that a test can say what was "random".
public struct RandomBytes: Sendable {
  private let make: @Sendable (Int) -> [UInt8]

  public init(_ make: @escaping @Sendable (Int) -> [UInt8]) { self.make = make }

  public func callAsFunction(_ count: Int) -> [UInt8] { make(count) }

  /// The operating system's cryptographically secure source.
  public static let system = RandomBytes { count in
    // Eight bytes a call: each asks the kernel.
    var generator = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 7)
    while bytes.count < count {
      withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) }
    }
    return Array(bytes.prefix(count))
  }

  /// A text of `count` characters of Crockford's base 32 (digits and lower-case letters without i, l, o, u),
  /// five bits each: easy to read out and to type.
  public func base32(_ count: Int) -> String {
    let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
    // 256 is a multiple of 32, so the low five bits of a uniform byte are uniform.
    return String(self(count).map { alphabet[Int($0 & 31)] })
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// Where the sandbox's random values come from; passed in so that a test can make them repeatable.
public struct SandboxEntropy: Sendable {
  private let source: @Sendable (Int) -> [UInt8]

  /// - Parameter source: gives as many random bytes as it is asked for.
  public init(source: @escaping @Sendable (Int) -> [UInt8]) { self.source = source }

  /// The system's generator.
  public static let system = SandboxEntropy { count in
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  /// A value nobody guesses, in URL-safe base64: 43 characters for 32 bytes.
  func token(bytes: Int = 32) -> String { Data(source(bytes)).urlSafeBase64 }
}

extension Data {
  /// Base64 for URLs without padding (RFC 4648, section 5).
  var urlSafeBase64: String {
    base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }
}

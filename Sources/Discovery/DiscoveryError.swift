// SPDX-License-Identifier: AGPL-3.0-or-later

/// What keeps us from asking other domains at all. That one of them does not answer is no error but an answer:
/// ``Lookup``, ``WebFingerAnswer``.
public struct DiscoveryError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// The configured name server is no address with a port.
    case badNameServer
    /// The file with extra trust roots cannot be used.
    case badTrustRoots
    /// The machine has no more room for what a look-up needs.
    case noResources
  }

  public let code: Code
  /// What is wrong, in one plain sentence.
  public let cause: String
  /// What to do about it, in one plain sentence.
  public let remedy: String

  public init(_ code: Code, cause: String, remedy: String) {
    self.code = code
    self.cause = cause
    self.remedy = remedy
  }

  public var description: String { "\(cause) \(remedy)" }
}

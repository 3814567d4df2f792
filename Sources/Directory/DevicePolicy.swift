// SPDX-License-Identifier: AGPL-3.0-or-later

/// How many devices a member may have, and how long one may live.
public struct DevicePolicy: Sendable, Equatable {
  /// Live devices at once.
  public var limit: Int
  /// The farthest expiry that may be asked for, in seconds from now.
  public var longestLife: Int64

  public init(limit: Int = 20, longestLife: Int64 = 5 * 366 * 86_400) {
    self.limit = limit
    self.longestLife = longestLife
  }

  /// - Throws: ``DirectoryError`` with the code `badExpiry`.
  public func check(expiry: Timestamp?, now: Timestamp) throws(DirectoryError) {
    guard let expiry else { return }
    guard expiry > now, expiry - now <= longestLife else {
      throw DirectoryError(
        .badExpiry, cause: "The password would end in the past or too far in the future.",
        remedy: "Choose a day between tomorrow and five years from now, or no end.")
    }
  }
}

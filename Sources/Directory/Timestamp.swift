// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation

/// A moment in whole seconds since 1970, as the ledger and the projections store it.
public struct Timestamp: Sendable, Hashable, Comparable {
  public let seconds: Int64

  public init(seconds: Int64) { self.seconds = seconds }
  public init(_ date: Date) { seconds = Int64(date.timeIntervalSince1970.rounded(.down)) }

  public var date: Date { Date(timeIntervalSince1970: TimeInterval(seconds)) }

  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }
  public static func + (left: Timestamp, seconds: Int64) -> Timestamp {
    Timestamp(seconds: left.seconds + seconds)
  }
  public static func - (left: Timestamp, right: Timestamp) -> Int64 { left.seconds - right.seconds }
}

/// What time it is. Passed in, so that a test can say.
public typealias WallClock = @Sendable () -> Timestamp

public let systemClock: WallClock = { Timestamp(Date()) }

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import Engines
import Storage

extension Accounts {
  /// The number of the latest change that all projections have.
  /// - Throws: `EngineError`.
  public func projectedSequence() async throws -> Int64 { try await projections.projectedSequence() }

  /// Whether the daemon is connected to the chat server, and how much it still has to tell it; `nil` where there is no link.
  public func linkMeasures() async throws -> (isConnected: Bool, waiting: Int)? {
    guard let link else { return nil }
    var isConnected = false
    if case .connected = await link.state() { isConnected = true }
    return (isConnected, try await ledger.read { try $0.errandsWaiting() })
  }

  /// How many devices the chat server has connected now.
  /// - Throws: if what the chat server writes down cannot be read.
  public func connectedDevices() async throws -> Int { try await observations.chat.online() }
}

/// How far is known what members have decided elsewhere, and how much waits to be told.
public struct PeopleMeasures: Sendable, Equatable {
  /// Acts about contacts, and missed calls, that the chat server has to be told of.
  public let errandsWaiting: Int
  /// Since when the blocks and mutes of the member who waits longest are known, of those who let us ask regularly; `nil` if
  /// there is none.
  public let blocksAsOf: Timestamp?
  /// When the home server last told which servers its admin has shut out; `nil` if never.
  public let siteBlocksAsOf: Timestamp?
  /// How many those are.
  public let siteBlocks: Int
  /// Look-ups elsewhere whose answers are kept, and how many of them had none the last time.
  public let lookups: Int
  public let lookupsFailing: Int
}

extension Accounts {
  public func peopleMeasures() async throws -> PeopleMeasures {
    try await ledger.read { reader in
      PeopleMeasures(
        errandsWaiting: try reader.errandsWaiting(), blocksAsOf: try reader.oldestBlocks(),
        siteBlocksAsOf: try reader.siteBlocksRecord()?.readAt, siteBlocks: try reader.siteRelations().count,
        lookups: try reader.findingCount(), lookupsFailing: try reader.failingFindingCount())
    }
  }

  /// After how long without word blocks count as late, in seconds.
  public static var blocksLate: Int64 { 3 * relationsInterval }
}

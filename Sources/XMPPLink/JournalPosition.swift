// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

/// How far the chat server's journal of changes has been read.
public struct JournalPosition: Sendable, Hashable {
  /// A random word that names this making of the journal.
  public var epoch: String
  /// Grows with each change.
  public var sequence: Int64

  public init(epoch: String, sequence: Int64) {
    self.epoch = epoch
    self.sequence = sequence
  }
}

/// Whose roster, questions, blocks or waiting messages have changed.
public struct LinkChanges: Sendable, Equatable {
  /// Where to go on from, once these names have been looked at.
  public var position: JournalPosition
  /// At most 500.
  public var names: [Name]
  /// There are more: ask again from ``position``.
  public var hasMore: Bool
  /// The journal does not reach back to where it was asked from: everybody has to be looked at.
  public var isEverybody: Bool
}

// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

/// What the chat server holds about a member beside the roster.
public struct LinkStanding: Sendable, Equatable {
  /// Whose contact requests the member has not answered.
  public var asking: [ContactBook.Asking]
  /// What the member has blocked in an app (XEP-0191): addresses and domains.
  public var blocked: Set<Block.Target>

  public init(asking: [ContactBook.Asking] = [], blocked: Set<Block.Target> = []) {
    self.asking = asking
    self.blocked = blocked
  }
}

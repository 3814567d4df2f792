// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

/// What the chat server holds about a member beside the roster.
public struct LinkStanding: Sendable, Equatable {
  /// Somebody whose contact request the member has not answered.
  public struct Asking: Sendable, Hashable {
    public var address: String
    public var since: Timestamp

    public init(address: String, since: Timestamp) {
      self.address = address
      self.since = since
    }
  }

  public var asking: [Asking]
  /// What the member has blocked in an app (XEP-0191): bare JIDs and domains.
  public var blocked: [String]

  public init(asking: [Asking] = [], blocked: [String] = []) {
    self.asking = asking
    self.blocked = blocked
  }
}

/// What is done about a contact. Each may be done again without harm.
public enum ContactAct: String, Sendable, CaseIterable {
  /// Puts them into the roster and asks; accepts too if they are asking.
  case ask
  /// Takes back what was asked, ends both directions and takes them out of the roster.
  case remove
  /// Lets them, who are asking, in; and asks in return.
  case accept
  /// Tells them no, and forgets that they asked.
  case decline
}
